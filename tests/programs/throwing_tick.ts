/**
 * Throws in a callback of `process.nextTick` that a resumed task has queued. The program has async
 * hooks, and a socket becomes ready together with the task's descriptor.
 */

import { createHook } from "node:async_hooks";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import process from "node:process";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { pipe, write } from "../../src/os/mod.ts";
import { asleep } from "../support/waits.ts";

const [driver, handled] = process.argv.slice(2);

async function main(): Promise<void> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [[accepted]] = await Promise.all([once(server, "connection"), once(client, "connect")]);
  const received = once(accepted, "data");

  const manager = new EpollIOManager({ driver } as EpollIOManagerOptions);
  const [reader, writer] = pipe();
  const reported = Promise.withResolvers<void>();
  if (handled !== undefined) {
    process.on("uncaughtException", (error) => {
      console.log("handled", error.message);
      if (handled === "badly") throw error;
      reported.resolve();
    });
  }
  createHook({ init() {} }).enable();
  const resumed = manager.waitReadable(reader).then(() => {
    process.nextTick(() => {
      throw new Error("uncaught error 1");
    });
    process.nextTick(() => console.log("next callback"));
  });
  await asleep(manager);
  // In this order, because the event loop calls back in the order in which files become ready.
  write(writer, new Uint8Array(1));
  client.write("hello");
  await Promise.all([resumed, received, reported.promise]);
  console.log("received");
  client.destroy();
  accepted.destroy();
  server.close();
}

// Without a top-level await, because Bun survives uncaught errors during one.
void main();
