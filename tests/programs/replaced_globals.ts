/** Waits while globals are replaced that the runtime's own modules are made of, as bundles and tests do. */

import timersModule from "node:timers";
import process from "node:process";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { timerfd } from "../../src/os/mod.ts";

const [way = "", driver] = process.argv.slice(2);

const replacements: Record<string, object> = {
  process: { process: { env: {} } },
  timers: {
    setImmediate: () => ({}),
    setTimeout: () => ({ ref() {}, unref() {} }),
    clearTimeout: () => {},
    queueMicrotask: globalThis.queueMicrotask,
  },
};

const replaced = replacements[way]!;
for (const [name, value] of Object.entries(replaced)) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  if (name in timersModule) Object.assign(timersModule, { [name]: value });
}

await using manager = new EpollIOManager({ driver } as EpollIOManagerOptions);
for (let round = 0; round < 3; round++) await manager.waitReadable(timerfd({ initial: 10 }));
const { readable } = await manager.waitReady(timerfd({ initial: 60_000 }), {
  readable: true,
  timeout: 10,
});
const error = await manager.waitReadable({} as number).catch((error) => error);
console.log(readable, error.name, error.message.includes("{}"));
