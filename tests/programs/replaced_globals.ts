/**
 * Waits while globals that the runtime's own modules use are replaced or frozen. Bundles, tests and
 * hardened programs do that.
 */

import timersModule from "node:timers";
import process from "node:process";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { pipe, timerfd } from "../../src/os/mod.ts";

const [way = "", driver] = process.argv.slice(2);

const replacements: Record<string, object> = {
  process: { process: { env: {} } },
  timers: {
    setImmediate: () => ({}),
    setTimeout: () => ({ ref() {}, unref() {} }),
    clearTimeout: () => {},
    queueMicrotask: () => {},
    MessageChannel: undefined as unknown as object,
  },
};

const frozen = [Object, Function, Array, Promise, Map, Set, Error, TypeError, AbortSignal];

if (way === "frozen prototypes") {
  // Node can't warn that node:ffi is experimental with a frozen Error.prototype.
  process.getBuiltinModule("node:ffi");
  for (const { prototype } of frozen) Object.freeze(prototype);
}
for (const [name, value] of Object.entries(replacements[way] ?? {})) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  if (name in timersModule) Object.assign(timersModule, { [name]: value });
}

const [, writer] = pipe();
const manager = new EpollIOManager({ driver } as EpollIOManagerOptions);
for (let round = 0; round < 3; round++) await manager.waitReadable(timerfd({ initial: 10 }));
// The event loop needs a pause in between.
for (let round = 0; round < 50_000; round++) await manager.waitWritable(writer);
const { readable } = await manager.waitReady(timerfd({ initial: 60_000 }), {
  readable: true,
  timeout: 10,
});
const error = await manager.waitReadable({} as number).catch((error) => error);
console.log(readable, error.name, error.message.includes("{}"));

const [fd] = pipe();
const names = [fd, fd, pipe()[0]].map((fd) => manager.waitReadable(fd).catch(({ name }) => name));
manager.notifyClosing(fd);
await manager.close();
console.log(...await Promise.all(names));
