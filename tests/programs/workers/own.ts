/** Owns descriptors, and does with them what the message says. Posts when it has. */

import { disown } from "../../../src/sys/fd_table.ts";
import { OwnedFd } from "../../../src/sys/owned_fd.ts";
import { createOwnedSocketpair } from "../../../src/sys/socketpair.ts";
import { FdStream, Wakeup } from "../../../mod.ts";
import { close } from "../../../src/os/mod.ts";
import { scope } from "../../support/worker_scope.ts";

export interface Ownership {
  readonly own?: readonly number[];
  readonly disown?: readonly number[];
  readonly close?: readonly number[];
  /** Whether to own a new pair of sockets, whose numbers are the answer. */
  readonly pair?: boolean;
  /** How to close the descriptor of a new Wakeup, which is the answer. */
  readonly wakeup?: "close" | "stream";
  /** Whether to end instead of waiting for `terminate()`. */
  readonly end?: boolean;
}

scope.onmessage = ({ data }) => {
  const told = data as Ownership;
  for (const fd of told.own ?? []) owned.set(fd, new OwnedFd(() => fd));
  told.disown?.forEach(disown);
  for (const fd of told.close ?? []) owned.get(fd)?.close();
  scope.postMessage(answer(told));
  if (told.end) scope.close();
};

const owned = new Map<number, OwnedFd>();
const kept: Wakeup[] = [];

function answer({ pair, wakeup }: Ownership): unknown {
  if (wakeup !== undefined) return closedWakeup(wakeup);
  if (pair !== true) return "done";
  const both = createOwnedSocketpair();
  for (const one of both) owned.set(one.fd, one);
  return both.map(({ fd }) => fd);
}

function closedWakeup(how: "close" | "stream"): number {
  const wakeup = new Wakeup();
  kept.push(wakeup);
  const { fd } = wakeup;
  if (how === "close") close(fd);
  else new FdStream(fd).close();
  return fd;
}
