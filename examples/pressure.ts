/**
 * Prints a line when tasks stall for lack of CPU time, memory or I/O, through a trigger of the
 * kernel's pressure stall information (PSI).
 *
 *     deno run --allow-ffi examples/pressure.ts memory 100 2000
 *     bun examples/pressure.ts memory 100 2000
 *     node examples/pressure.ts memory 100 2000
 *
 * It needs Linux 5.2. Without the capability CAP_SYS_RESOURCE, which root has, it needs 6.4, and a
 * window that is a multiple of 2000 ms.
 */

import { closeFd, SystemError, waitPriority } from "@fdready/fdready";
import { O_RDWR, open, pread, write } from "@fdready/fdready/os";
import process from "node:process";
import { misuse, readCommandLine, readInteger } from "./support/command_line.ts";

const usage = `
deno run --allow-ffi examples/pressure.ts [resource] [stall] [window]
bun examples/pressure.ts [resource] [stall] [window]
node examples/pressure.ts [resource] [stall] [window]

Prints a line when tasks have stalled for so many ms within a window of so many ms, by default 100 of
2000. The resource is cpu, memory or io, by default memory.
`;

const resources = ["cpu", "memory", "io"] as const;

/** What the tasks lack. */
export type Resource = (typeof resources)[number];

export interface PressureOptions {
  /** The path of the file, by default `/proc/pressure/` and the resource; a cgroup has others. */
  readonly path?: string;
  /** The time in ms that at least one task must have stalled in total. */
  readonly stall: number;
  /** The length of the window in ms, from 500 to 10,000. */
  readonly window: number;
  /** Ends the generator when it aborts. */
  readonly signal?: AbortSignal;
}

/**
 * Yields the kernel's averages when tasks have stalled for `resource`, at most once in each window.
 */
export async function* pressure(
  resource: Resource,
  { stall, window, path = `/proc/pressure/${resource}`, signal }: PressureOptions,
): AsyncGenerator<string, void> {
  const fd = open(path, O_RDWR);
  try {
    // The trigger lasts until the file is closed. Its text ends with a NUL.
    write(fd, new TextEncoder().encode(`some ${stall * 1000} ${window * 1000}\0`));
    const buffer = new Uint8Array(256);
    for (;;) {
      await waitPriority(fd, { signal });
      yield new TextDecoder().decode(buffer.subarray(0, pread(fd, buffer, 0))).trimEnd();
    }
  } catch (error) {
    // The cgroup has been removed.
    if (!(error instanceof SystemError && error.code === "ENODEV")) throw error;
  } finally {
    closeFd(fd);
  }
}

function isResource(name: string): name is Resource {
  return resources.some((resource) => resource === name);
}

if (import.meta.main) {
  const { positionals } = readCommandLine(usage, {}, { most: 3 });
  const [resource = "memory", stallText = "100", windowText = "2000"] = positionals;
  if (!isResource(resource)) {
    misuse(`the resource must be ${resources.join(" or ")}, not "${resource}"`);
  }
  const stall = readInteger("the stall", stallText, 1, 10_000);
  const window = readInteger("the window", windowText, 500, 10_000);
  try {
    console.log(`watching ${resource}`);
    for await (const averages of pressure(resource as Resource, { stall, window })) {
      console.log(averages.split("\n", 1)[0]);
    }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
