/** Has callbacks of messages throw, and tells what else comes of that. */

import process from "node:process";
import { UServer, USocket } from "../../packages/usocket/mod.ts";
import { close, pipe, recvmsg, socketpair } from "../../src/os/mod.ts";
import { countFds } from "../support/fds.ts";
import { sleep } from "../support/event_loop.ts";

let uncaught = 0;
process.on("uncaughtException", () => uncaught++);

const large = new Uint8Array(4 << 20);
const callback = (): never => {
  throw new Error("mine");
};
const [from] = pipe();

/** What is written to a socket that is connected, before it is destroyed. */
const cases: Record<string, (socket: USocket, peer: number) => void> = {
  full: (socket) => socket.write(large, callback),
  carried: (socket) => socket.write({ fds: [from], callback }),
  queued: (socket) => {
    socket.write(large);
    socket.write({ data: "x", callback });
  },
  "carried and sent": (socket, peer) => {
    socket.write({ fds: [from], callback });
    socket.write([from]);
    socket.write("x");
    setTimeout(() => {
      for (const fd of recvmsg(peer, new Uint8Array(8), { maxFds: 8 })?.fds ?? []) close(fd);
    });
  },
};

/** Counts what comes of `use`. */
async function report(name: string, use: (fail: () => void) => Promise<void>): Promise<void> {
  let errors = 0;
  uncaught = 0;
  const before = countFds();
  await use(() => errors++);
  await sleep(5);
  console.log(`${name}: ${uncaught} uncaught, ${errors} errors, ${countFds() - before} left open`);
}

// What is opened once.
new USocket({ fd: socketpair()[0] }).resume();
await sleep(20);

await report("at a retry", async (fail) => {
  const path = `\0${crypto.randomUUID()}`;
  const server = new UServer();
  server.on("connection", (peer) => peer.resume().on("end", () => peer.destroy()));
  server.pause();
  server.listen({ path, backlog: 1 });
  const sockets = Array.from({ length: 4 }, () => new USocket(path).on("error", fail));
  await sleep(5);
  sockets[3]!.write("x", callback);
  server.resume();
  await sleep(100);
  for (const socket of sockets) socket.destroy();
  server.close();
  await sleep(20);
});

for (const [name, put] of Object.entries(cases)) {
  await report(name, async (fail) => {
    const [near, far] = socketpair();
    const socket = new USocket({ fd: near }).on("error", fail);
    await sleep(2);
    put(socket, far);
    await sleep(5);
    socket.destroy();
    close(far);
  });
}
process.exit();
