/** The translation of signatures for Node. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { translateForNode } from "../../src/ffi/node.ts";
import * as tables from "../../src/ffi/symbols.ts";

describe("translateForNode()", () => {
  it("gives each function an address, so that V8 makes no fast calls", () => {
    for (const table of Object.values(tables)) {
      for (const [name, signature] of Object.entries(translateForNode(table))) {
        assert(signature.arguments.includes("function"), name);
      }
    }
  });

  it("keeps the order of arguments, and adds the address after them", () => {
    assertEquals(
      translateForNode({
        close: { args: ["i32"], returns: "i32" },
        read: { args: ["i32", "buffer", "usize"], returns: "i32" },
        __errno_location: { args: [], returns: "pointer" },
      }),
      {
        close: { arguments: ["int32", "function"], return: "int32" },
        read: { arguments: ["int32", "function", "function"], return: "int32" },
        __errno_location: { arguments: ["function"], return: "pointer" },
      },
    );
  });
});
