/** The translation of signatures for Node. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { translateForNode } from "../../src/ffi/node.ts";
import * as tables from "../../src/ffi/symbols.ts";

describe("translateForNode()", () => {
  it("gives V8 no fast call to a function that has memory", () => {
    for (const table of Object.values<tables.SymbolTable>(tables)) {
      const signatures = translateForNode(table);
      for (const [name, { args }] of Object.entries(table)) {
        if (!args.some((type) => type === "buffer" || type === "pointer")) continue;
        assert(signatures[name]!.arguments.includes("function"), name);
      }
    }
  });

  it("keeps numbers of 32 bits, and passes longer ones as addresses", () => {
    assertEquals(
      translateForNode({
        eventfd: { args: ["u32", "i32"], returns: "i32" },
        read: { args: ["i32", "buffer", "usize"], returns: "i32" },
        __errno_location: { args: [], returns: "pointer" },
      }),
      {
        eventfd: { arguments: ["uint32", "int32"], return: "int32" },
        read: { arguments: ["int32", "function", "function"], return: "int32" },
        __errno_location: { arguments: [], return: "pointer" },
      },
    );
  });

  it("gives functions that own descriptors addresses alone", () => {
    const { pthread_setspecific, close, flock } = translateForNode(tables.keySymbols);
    assertEquals(pthread_setspecific!.arguments, ["pointer", "pointer"]);
    assertEquals(close!.arguments, ["pointer"]);
    assertEquals(flock!.arguments, ["int32", "int32"]);
  });
});
