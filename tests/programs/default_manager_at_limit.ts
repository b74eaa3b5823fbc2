/**
 * Waits when no descriptor is left for the default manager, and again when there are some. Prints
 * the codes of the errors and the value of the last wait as JSON.
 */

import { type FdLike, SystemError, waitReadable, waitReady } from "../../mod.ts";
import { close, dup, pipe } from "../../src/os/mod.ts";

const [, writer] = pipe();
const waits: ((fd: FdLike) => Promise<unknown>)[] = [
  (fd) => waitReadable(fd),
  (fd) => waitReadable(fd, { ref: false }),
  (fd) => waitReady(fd, { writable: true }),
  (fd) => waitReady(fd, { writable: true, timeout: 10_000 }),
];

const ballast: number[] = [];
try {
  for (;;) ballast.push(dup(writer));
} catch (error) {
  if (codeOf(error) !== "EMFILE") throw error;
}
const codes = await Promise.all(waits.map((wait) => wait(writer).catch(codeOf)));
for (const fd of ballast) close(fd);
const ready = await waitReady(writer, { writable: true });
console.log(JSON.stringify({ codes, ready }));

function codeOf(error: unknown): string {
  return error instanceof SystemError ? error.code : String(error);
}
