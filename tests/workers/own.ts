/** Does with descriptors what it is told, as their owner, and says that it has. */

import { closeOwned, disown, own } from "../../src/ffi/owned.ts";
import { FdStream, Wakeup } from "../../mod.ts";
import { close } from "../../src/os/mod.ts";
import { scope } from "../support/worker_scope.ts";

export interface Ownership {
  readonly own?: readonly number[];
  readonly disown?: readonly number[];
  readonly close?: readonly number[];
  /** How to close the number of a new Wakeup, which is the answer then. */
  readonly wakeup?: "close" | "stream";
  /** Whether to end, rather than wait to be terminated. */
  readonly end?: boolean;
}

scope.onmessage = ({ data }) => {
  const told = data as Ownership;
  told.own?.forEach(own);
  told.disown?.forEach(disown);
  told.close?.forEach(closeOwned);
  scope.postMessage(told.wakeup === undefined ? "done" : closedWakeup(told.wakeup));
  if (told.end) scope.close();
};

const kept: Wakeup[] = [];

function closedWakeup(how: "close" | "stream"): number {
  const wakeup = new Wakeup();
  kept.push(wakeup);
  const { fd } = wakeup;
  if (how === "close") close(fd);
  else new FdStream(fd).close();
  return fd;
}
