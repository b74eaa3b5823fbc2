/** The translation of signatures for Node. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { translateForNode } from "../../src/ffi/node.ts";
import * as tables from "../../src/ffi/symbols.ts";

describe("translateForNode()", () => {
  it("gives V8 no fast call, except for functions that open or own descriptors", () => {
    const fast = Object.values<tables.SymbolTable>(tables).flatMap((table) =>
      Object.entries(translateForNode(table))
        .filter(([, signature]) => !signature.arguments.includes("function"))
        .map(([name]) => name)
    );
    const expected = ["accept4", "close", "epoll_create1", "eventfd", "pthread_setspecific"];
    assertEquals([...new Set(fast)].sort(), [...expected, "socket"].sort());
  });

  it("passes long numbers as addresses, and adds one where there is none", () => {
    assertEquals(
      translateForNode({
        isatty: { args: ["i32"], returns: "i32" },
        read: { args: ["i32", "buffer", "usize"], returns: "i32" },
        __errno_location: { args: [], returns: "pointer" },
      }),
      {
        isatty: { arguments: ["int32", "function"], return: "int32" },
        read: { arguments: ["int32", "function", "function"], return: "int32" },
        __errno_location: { arguments: ["function"], return: "pointer" },
      },
    );
  });

  it("gives functions that own descriptors addresses alone", () => {
    const { pthread_setspecific, close, flock } = translateForNode(tables.keySymbols);
    assertEquals(pthread_setspecific!.arguments, ["pointer", "pointer"]);
    assertEquals(close!.arguments, ["pointer"]);
    assertEquals(flock!.arguments, ["int32", "int32", "function"]);
  });
});
