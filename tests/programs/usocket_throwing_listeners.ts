/** Throws in listeners of a USocket. */

import process from "node:process";
import { USocket } from "../../packages/usocket/mod.ts";
import { pipe, sendmsg, socketpair } from "../../src/os/mod.ts";

const [near, far] = socketpair();
const [from] = pipe();
const socket = new USocket({ fd: near });
let received = 0;
let errors = 0;

process.on("uncaughtException", (error) => {
  console.log(`uncaught: ${error.message}`);
  errors++;
  endAfterBoth();
});
socket.on("error", (error) => console.log(`error: ${error.message}`));
socket.on("fds", () => {
  throw new Error("fds");
});
socket.on("data", ({ length }) => {
  received += length;
  if (received === 1) {
    sendmsg(far, { data: new Uint8Array(1), fds: [from] });
    throw new Error("data");
  }
  endAfterBoth();
});

/** Ends the program after two bytes and two errors, in any order. */
function endAfterBoth(): void {
  if (received < 2 || errors < 2) return;
  console.log(`received ${received}`);
  socket.destroy();
}

sendmsg(far, { data: new Uint8Array(1) });
