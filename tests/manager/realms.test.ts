/** Objects from another realm, such as those of a test runner that isolates its tests. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import vm from "node:vm";
import { type FdLike, FdStream, type Interest, type Readiness } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { Fds, poke } from "../support/fds.ts";
import { rejection } from "../support/waits.ts";

const realm = vm.createContext({});

/** Returns the value of the expression `source` in the other realm. */
function evaluate<T>(source: string, variables: Record<string, unknown> = {}): T {
  Object.assign(realm, variables);
  return vm.runInContext(`(${source})`, realm) as T;
}

describe("the other realm", () => {
  it("has its own constructors", () => {
    assertEquals(evaluate<object>("new Uint8Array(1)") instanceof Uint8Array, false);
    assertEquals(evaluate<object>("{}") instanceof Object, false);
  });
});

describeForDrivers("a manager with objects from another realm", (it) => {
  const targets = [
    "{ fd }",
    "{ fileno: () => fd }",
    "Object.assign(Object.create(null), { fd })",
    "new class { get fd() { return fd; } }",
  ];
  for (const target of targets) {
    it(`waits for a descriptor: ${target}`, async ({ manager, fds }) => {
      const [reader, writer] = fds.pipe();
      const wait = manager.waitReadable(evaluate<FdLike>(target, { fd: reader }));
      poke(writer);
      await wait;
    });
  }

  it("uses options, and a signal in them", async ({ manager, fds }) => {
    const [reader] = fds.pipe();
    const controller = new AbortController();
    const variables = { signal: controller.signal };
    const wait = manager.waitReady(reader, evaluate("{ readable: true, signal }", variables));
    controller.abort("stopped");
    assertEquals(await wait.catch((reason) => reason), "stopped");
    const options = evaluate<{ readable: true }>("{ readable: true, timeout: 1 }");
    assertEquals((await manager.waitReady(reader, options)).readable, false);
  });

  it("rejects a signal that isn't an AbortSignal", async ({ manager, fds }) => {
    const [reader] = fds.pipe();
    const options = evaluate<{ signal: AbortSignal }>("{ signal: { aborted: false } }");
    await rejection(manager.waitReadable(reader, options), TypeError, "must be an AbortSignal");
  });

  it("calls a listener", async ({ manager, fds }) => {
    const [a] = fds.socketpair();
    const called = Promise.withResolvers<Readiness>();
    const interest = evaluate<Interest>("{ writable: true }");
    const variables = { resolve: called.resolve };
    const listener = evaluate<(ready: Readiness) => void>("(ready) => resolve(ready)", variables);
    const watch = manager.watch(a, interest, listener);
    assertEquals((await called.promise).writable, true);
    watch.close();
  });
});

describe("system calls with objects from another realm", () => {
  const views = [
    "new Uint8Array(3)",
    "new DataView(new ArrayBuffer(3))",
    "new Int8Array(4).subarray(1)",
  ];
  for (const view of views) {
    it(`write and read a view: ${view}`, () => {
      using fds = new Fds();
      const [reader, writer] = fds.pipe();
      assertEquals(os.write(writer, evaluate<Uint8Array>(view)), 3);
      assertEquals(os.read(reader, evaluate<Uint8Array>(view)), 3);
    });
  }

  it("take arrays, records and paths", () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    const buffers = evaluate<Uint8Array[]>("[new Uint8Array(2), new Uint8Array(1)]");
    assertEquals(os.writev(writer, buffers), 3);
    assertEquals(os.readv(reader, buffers), 3);
    const entries = evaluate<{ fd: number; events: number }[]>("[{ fd, events: 4 }]", {
      fd: writer,
    });
    assertEquals(os.poll(entries), [4]);
    const path = evaluate<Uint8Array>('Uint8Array.from("/dev/null", (c) => c.charCodeAt(0))');
    fds.own(os.open(path, os.O_RDONLY));
    const { pidfd } = os.spawn("/bin/true", evaluate('{ args: ["a"], env: { A: "b" } }'));
    fds.own(pidfd);
  });
});

describe("FdStream", () => {
  it("writes chunks from another realm", async () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    const stream = new FdStream(os.dup(writer));
    const sink = stream.writable.getWriter();
    await sink.write(evaluate<Uint8Array<ArrayBuffer>>("new Uint8Array(3)"));
    assertEquals(os.read(reader, new Uint8Array(8)), 3);
    await sink.close();
  });
});
