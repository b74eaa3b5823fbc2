/** Processes that inherit a listening socket. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ExclusiveWaiterOptions } from "../../mod.ts";
import { commandFor, printed } from "./programs.ts";
import { allAsleep, instancesWith } from "./threads.ts";

/** Starts a process that serves `listener`. Resolves when it sleeps. */
export async function startServer(
  listener: number,
  { edgeTriggered }: ExclusiveWaiterOptions,
): Promise<{ kill(): Promise<void> }> {
  const file = fileURLToPath(new URL("../programs/exclusive_server.ts", import.meta.url));
  const [command, ...args] = [...commandFor(file), edgeTriggered ? "edge" : "level"];
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit", listener] });
  await printed(child, "serving");
  await allAsleep(instancesWith(3, child.pid), child.pid);
  return {
    async kill() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}
