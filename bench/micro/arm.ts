/** Registering with the kernel. */

import { EpollIOManager } from "@fdready/fdready";
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from "../../src/ffi/constants.ts";
import type { Micro } from "../support/micro.ts";
import { EpollByHand } from "./by_hand.ts";
import { readable } from "./descriptors.ts";

/** Enough calls that reading the clock doesn't matter. */
const count = 256;

/** A descriptor that was waited for before. */
export function armByMod(): Micro[] {
  const group = `arm ${count} descriptors, known: MOD`;
  const fds = readable(count);
  const manager = new EpollIOManager({ driver: "manual" });
  const epoll = new EpollByHand();
  for (const fd of fds) {
    manager.waitReadable(fd);
    epoll.control(EPOLL_CTL_ADD, fd);
  }
  return [
    {
      group,
      name: "epoll_ctl by hand",
      baseline: true,
      prepare: () => epoll.poll(),
      body: () => {
        for (const fd of fds) epoll.control(EPOLL_CTL_MOD, fd);
      },
    },
    {
      group,
      name: "waitReadable",
      prepare: () => manager.processEvents(manager.getEvents(0)),
      body: () => {
        for (const fd of fds) manager.waitReadable(fd);
      },
    },
    {
      group,
      name: "waitReady, two directions",
      prepare: () => manager.processEvents(manager.getEvents(0)),
      body: () => {
        for (const fd of fds) manager.waitReady(fd, both);
      },
    },
  ];
}

const both = { readable: true, writable: true };

/** A descriptor that was never waited for. */
export function armByAdd(): Micro[] {
  const group = `arm ${count} descriptors, new: MOD, then ADD`;
  const fds = readable(count);
  const manager = new EpollIOManager({ driver: "manual" });
  const epoll = new EpollByHand();
  return [
    {
      group,
      name: "epoll_ctl by hand",
      baseline: true,
      prepare: () => {
        for (const fd of fds) epoll.control(EPOLL_CTL_DEL, fd);
      },
      body: () => {
        for (const fd of fds) {
          epoll.control(EPOLL_CTL_MOD, fd);
          epoll.control(EPOLL_CTL_ADD, fd);
        }
      },
    },
    {
      group,
      name: "waitReadable",
      prepare: () => {
        manager.processEvents(manager.getEvents(0));
        for (const fd of fds) manager.notifyClosing(fd);
      },
      body: () => {
        for (const fd of fds) manager.waitReadable(fd);
      },
    },
  ];
}
