/** Receiving a byte, with and without a descriptor. */

import { close, read, recvmsg, sendmsg, socketpair } from "@fdready/fdready/os";
import type { Micro } from "../support/micro.ts";
import { quiet } from "./descriptors.ts";

/** Enough calls that reading the clock doesn't matter. The messages fit into a socket's buffer. */
const count = 64;

export function receive(): Micro[] {
  const group = `receive ${count} times one byte`;
  const [from, to] = socketpair();
  const byte = new Uint8Array(1);
  const passed = quiet();
  const received: number[] = [];
  const send = (fds: readonly number[]) => {
    for (const fd of received.splice(0)) close(fd);
    for (let i = 0; i < count; i++) sendmsg(to, { data: byte, fds });
  };
  return [
    {
      group,
      name: "read",
      baseline: true,
      prepare: () => send([]),
      body: () => {
        for (let i = 0; i < count; i++) arrived(read(from, byte));
      },
    },
    {
      group,
      name: "recvmsg",
      prepare: () => send([]),
      body: () => {
        for (let i = 0; i < count; i++) arrived(recvmsg(from, byte)?.length);
      },
    },
    {
      group,
      name: "recvmsg, a descriptor with each",
      prepare: () => send([passed]),
      body: () => {
        for (let i = 0; i < count; i++) {
          const message = recvmsg(from, byte, { maxFds: 1 });
          arrived(message?.fds.length);
          received.push(...message!.fds);
        }
      },
    },
  ];
}

/** Without a byte or descriptor, this would measure nothing. */
function arrived(number: number | undefined): void {
  if (number !== 1) throw new Error(`Got ${number} instead of 1`);
}
