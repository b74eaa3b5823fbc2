/** A whole wait for a descriptor that is ready: arm, poll, resume. */

import { EpollIOManager } from "@fdready/fdready";
import { EPOLL_CTL_ADD, EPOLL_CTL_MOD } from "../../src/ffi/constants.ts";
import type { Micro } from "../support/micro.ts";
import { EpollByHand } from "./by_hand.ts";
import { readable } from "./descriptors.ts";

export function cycle(): Micro[] {
  const group = "wait and be resumed";
  const [fd] = readable(1) as [number];
  const manual = new EpollIOManager({ driver: "manual" });
  const automatic = new EpollIOManager();
  const epoll = new EpollByHand();
  epoll.control(EPOLL_CTL_ADD, fd);
  return [
    {
      group,
      name: "epoll_ctl, epoll_wait and a promise by hand",
      baseline: true,
      body: async () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        epoll.control(EPOLL_CTL_MOD, fd);
        epoll.poll();
        resolve();
        await promise;
      },
    },
    {
      group,
      name: "waitReadable, getEvents and processEvents",
      body: async () => {
        const wait = manual.waitReadable(fd);
        manual.processEvents(manual.getEvents(0));
        await wait;
      },
    },
    {
      group,
      name: `waitReadable, driver ${automatic.statistics().driver}`,
      body: async () => await automatic.waitReadable(fd),
    },
  ];
}
