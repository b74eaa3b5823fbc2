/** A wakeup while nothing sleeps: only the call. */

import { EpollIOManager, openWakeup, Wakeup } from "@fdready/fdready";
import type { Micro } from "../support/micro.ts";
import { writeEventfd } from "./by_hand.ts";

export function wake(): Micro[] {
  const group = "wake";
  const wakeup = new Wakeup();
  const remote = openWakeup(wakeup.handle());
  const manager = new EpollIOManager({ driver: "manual" });
  return [
    { group, name: "write by hand", baseline: true, body: () => writeEventfd(wakeup.fd) },
    { group, name: "Wakeup.wake()", body: () => wakeup.wake() },
    { group, name: "RemoteWakeup.wake()", body: () => remote.wake() },
    { group, name: "EpollIOManager.forceWakeup()", body: () => manager.forceWakeup() },
  ];
}
