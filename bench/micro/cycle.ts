/** A whole wait for a ready descriptor: arm, poll, resume. */

import { EpollIOManager } from "@fdready/fdready";
import { EPOLL_CTL_ADD, EPOLL_CTL_MOD } from "../../src/ffi/constants.ts";
import type { Micro } from "../support/micro.ts";
import { EpollByHand } from "./by_hand.ts";
import { readable } from "./descriptors.ts";

const both = { readable: true, writable: true };

export function cycle(): Micro[] {
  const group = "wait and be resumed";
  const [fd] = readable(1) as [number];
  const manual = new EpollIOManager({ driver: "manual" });
  const automatic = new EpollIOManager();
  const watching = new EpollIOManager({ driver: "manual" });
  watching.watch(fd, { readable: true }, () => {});
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
      name: "waitReady of two directions, getEvents and processEvents",
      body: async () => {
        const wait = manual.waitReady(fd, both);
        manual.processEvents(manual.getEvents(0));
        await wait;
      },
    },
    {
      group,
      name: "watch: one event, getEvents and processEvents",
      body: () => watching.processEvents(watching.getEvents(0)),
    },
    {
      group,
      name: `waitReadable, driver ${automatic.statistics().driver}`,
      body: async () => await automatic.waitReadable(fd),
    },
    {
      group,
      name: `waitReady of two directions, driver ${automatic.statistics().driver}`,
      body: async () => void await automatic.waitReady(fd, both),
    },
  ];
}
