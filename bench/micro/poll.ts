/** A poll that finds nothing. */

import { EpollIOManager } from "@fdready/fdready";
import type { Micro } from "../support/micro.ts";
import { EpollByHand } from "./by_hand.ts";

export function poll(): Micro[] {
  const group = "poll, nothing ready";
  const manager = new EpollIOManager({ driver: "manual" });
  const epoll = new EpollByHand();
  return [
    { group, name: "epoll_wait by hand", baseline: true, body: () => epoll.poll() },
    { group, name: "getEvents(0)", body: () => void manager.getEvents(0) },
  ];
}
