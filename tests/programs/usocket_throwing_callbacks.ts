/** Throws in callbacks of messages. Prints the number of other errors. */

import { once } from "node:events";
import process from "node:process";
import { UServer, USocket } from "../../packages/usocket/mod.ts";
import { close, pipe, recvmsg, socketpair } from "../../src/os/mod.ts";
import { countFds } from "../support/fds.ts";
import { turn, until } from "../support/event_loop.ts";

let uncaught = 0;
process.on("uncaughtException", () => uncaught++);

const large = new Uint8Array(4 << 20);
const callback = (): never => {
  throw new Error("mine");
};
const [reader] = pipe();

/** Resolves when `count` callbacks have thrown. */
function thrown(count: number): Promise<void> {
  return until(() => uncaught >= count, () => new Error(`Only ${uncaught} callbacks have thrown`));
}

/** Writes to a socket that is connected, before it is destroyed. */
const cases: Record<string, (socket: USocket, peer: number) => void | Promise<void>> = {
  full: (socket) => void socket.write(large, callback),
  carried: (socket) => void socket.write({ fds: [reader], callback }),
  queued: (socket) => {
    socket.write(large);
    socket.write({ data: "x", callback });
  },
  "carried and sent": (socket, peer) => {
    socket.write({ fds: [reader], callback });
    socket.write([reader]);
    socket.write("x");
    return until(() => {
      const message = recvmsg(peer, new Uint8Array(8), { maxFds: 8 });
      for (const fd of message?.fds ?? []) close(fd);
      return message !== undefined;
    }, () => new Error("Nothing was sent"));
  },
};

/** Counts the errors during `use`, and the descriptors after it. */
async function report(name: string, use: (fail: () => void) => Promise<void>): Promise<void> {
  let errors = 0;
  uncaught = 0;
  const before = countFds();
  await use(() => errors++);
  await thrown(1);
  await until(
    () => countFds() <= before,
    () => new Error(`${name}: ${countFds() - before} descriptors stay open`),
  );
  // There should be no other errors.
  for (let turns = 0; turns < 5; turns++) await turn();
  console.log(`${name}: ${uncaught} uncaught, ${errors} errors`);
}

// Opens what is opened once.
{
  const [a, b] = socketpair();
  const socket = new USocket({ fd: a }).resume();
  await once(socket, "connected");
  socket.destroy();
  await once(socket, "close");
  close(b);
}

await report("at a retry", async (fail) => {
  const path = `\0${crypto.randomUUID()}`;
  const server = new UServer();
  server.on("connection", (peer) => peer.resume().on("end", () => peer.destroy()));
  server.pause();
  server.listen({ path, backlog: 1 });
  const sockets = Array.from({ length: 4 }, () => new USocket(path).on("error", fail));
  // The backlog has room for two. The others try again later.
  await Promise.all([once(sockets[0]!, "connected"), once(sockets[1]!, "connected")]);
  sockets[3]!.write("x", callback);
  server.resume();
  await thrown(1);
  for (const socket of sockets) socket.destroy();
  server.close();
});

for (const [name, put] of Object.entries(cases)) {
  await report(name, async (fail) => {
    const [near, far] = socketpair();
    const socket = new USocket({ fd: near }).on("error", fail);
    await once(socket, "connected");
    await put(socket, far);
    for (let turns = 0; turns < 5; turns++) await turn();
    socket.destroy();
    await thrown(1);
    close(far);
  });
}
