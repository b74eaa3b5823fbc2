import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { AsyncLocalStorage } from "node:async_hooks";
import { bindAsyncContext } from "../../src/runtime/async_context.ts";

describe("bindAsyncContext()", () => {
  const storage = new AsyncLocalStorage<string>();
  const bindStores = (stores: unknown[]): (value: number) => void =>
    bindAsyncContext((value: number) => stores.push([value, storage.getStore()]));

  it("calls back in the context of its own call", () => {
    const stores: unknown[] = [];
    const bound = storage.run("own", () => bindStores(stores));
    bound(1);
    storage.run("other", () => bound(2));
    storage.run("own", () => bound(3));
    assertEquals(stores, [[1, "own"], [2, "own"], [3, "own"]]);
  });

  it("calls back in no context if it was called in none", () => {
    const stores: unknown[] = [];
    const bound = bindStores(stores);
    storage.run("other", () => bound(1));
    assertEquals(stores, [[1, undefined]]);
  });

  it("restores the caller's context, after an error too", () => {
    const bound = bindAsyncContext((message: string) => {
      throw new Error(message);
    });
    storage.run("caller", () => {
      assertThrows(() => bound("thrown"), Error, "thrown");
      assertEquals(storage.getStore(), "caller");
    });
  });

  it("calls back without a receiver", () => {
    const receivers: unknown[] = [];
    const bound = bindAsyncContext(function (this: unknown): void {
      receivers.push(this);
    });
    bound(undefined);
    storage.run("other", () => bound(undefined));
    assertEquals(receivers, [undefined, undefined]);
  });
});
