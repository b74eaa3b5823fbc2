/**
 * Closes streams of standard descriptors that are closed already, from the one that the argument
 * names. Exits with 0 if the streams report that, and the descriptors are open again, in child
 * processes too.
 */

import process from "node:process";
import { FdStream, SystemError } from "../../mod.ts";
import { libc } from "../../src/ffi/libc.ts";
import { close, dup } from "../../src/os/mod.ts";

const F_GETFD = 1;
const numbers = [0, 1, 2].slice(Number(process.argv[2]));
const streams = numbers.map((fd) => new FdStream(fd));
for (const fd of numbers) libc().close(fd);
const codes = streams.map((stream) => {
  try {
    stream.close();
  } catch (error) {
    return error instanceof SystemError ? `${error.code} ${error.syscall} ${error.fd}` : error;
  }
});
const flags = numbers.map((fd) => libc().fcntl(fd, F_GETFD, 0));
const spare = dup(numbers[0]!);
close(spare);
const told = codes.every((code, index) => code === `EBADF close ${numbers[index]}`);
process.exit(told && flags.every((flag) => flag === 0) && spare > 2 ? 0 : 1);
