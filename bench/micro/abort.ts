/** A wait that is aborted. */

import { EpollIOManager } from "@fdready/fdready";
import type { Micro } from "../support/micro.ts";
import { quiet } from "./descriptors.ts";

function ignore(): void {}

export function abort(): Micro[] {
  const group = "abort";
  const fd = quiet();
  const manager = new EpollIOManager({ driver: "manual" });
  return [
    {
      group,
      name: "a rejection by a signal, by hand",
      baseline: true,
      body: async () => {
        const controller = new AbortController();
        const { signal } = controller;
        const { promise, reject } = Promise.withResolvers<void>();
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        controller.abort();
        await promise.catch(ignore);
      },
    },
    {
      group,
      name: "waitReadable",
      body: async () => {
        const controller = new AbortController();
        const wait = manager.waitReadable(fd, { signal: controller.signal });
        controller.abort();
        await wait.catch(ignore);
      },
    },
  ];
}
