/** Closes a stream of its standard output when the process may not open another descriptor. */

import { FdStream, SystemError } from "../../mod.ts";
import { close, dup, write } from "../../src/os/mod.ts";

const stream = new FdStream(1);
const all: number[] = [];
try {
  for (;;) all.push(dup(2));
} catch (error) {
  if (!(error instanceof SystemError && error.code === "EMFILE")) throw error;
}
stream.close();
write(1, new TextEncoder().encode("for nobody\n"));
for (const fd of all) close(fd);
const next = dup(2);
write(2, new TextEncoder().encode(`${next === 1 ? "1 is free" : "2 isn't 1"}\n`));
