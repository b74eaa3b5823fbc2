/** Does with descriptors what it is told, as their owner, and says that it has. */

import { closeOwned, disown, own } from "../../src/ffi/owned.ts";
import { scope } from "../support/worker_scope.ts";

export interface Ownership {
  readonly own?: readonly number[];
  readonly disown?: readonly number[];
  readonly close?: readonly number[];
  /** Whether to end, rather than wait to be terminated. */
  readonly end?: boolean;
}

scope.onmessage = ({ data }) => {
  const told = data as Ownership;
  told.own?.forEach(own);
  told.disown?.forEach(disown);
  told.close?.forEach(closeOwned);
  scope.postMessage("done");
  if (told.end) scope.close();
};
