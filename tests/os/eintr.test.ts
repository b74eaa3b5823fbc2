/** Calls that a signal interrupts are made again. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { bindSymbols, libc, osLibc } from "../../src/ffi/libc.ts";
import * as symbols from "../../src/ffi/symbols.ts";
import * as os from "../../src/os/mod.ts";
import { EINTR } from "../support/errnos.ts";
import { failingIn } from "../support/faults.ts";
import { Fds } from "../support/fds.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

/** A call of an exported function, and the C function behind it that a signal interrupts. */
interface Interruption {
  /** The bound functions, among which `name` is. */
  functions(): object;
  readonly name: string;
  call(world: World): unknown;
}

interface World {
  /** A file of 5 bytes. */
  readonly file: number;
  readonly pipe: readonly [number, number];
  readonly terminal: number;
  readonly folder: string;
  own(fd: number): number;
}

const fileFunctions = () => bindSymbols(symbols.fileSymbols);
const room = new Uint8Array(8);

const interruptions: Record<string, Interruption> = {
  read: { functions: libc, name: "read", call: ({ file }) => os.read(file, room) },
  write: { functions: libc, name: "write", call: ({ pipe }) => os.write(pipe[1], room) },
  readv: { functions: osLibc, name: "readv", call: ({ file }) => os.readv(file, [room]) },
  writev: { functions: osLibc, name: "writev", call: ({ pipe }) => os.writev(pipe[1], [room]) },
  pread: { functions: fileFunctions, name: "pread", call: ({ file }) => os.pread(file, room, 1) },
  pwrite: {
    functions: fileFunctions,
    name: "pwrite",
    call: ({ file }) => os.pwrite(file, room, 1),
  },
  ftruncate: {
    functions: fileFunctions,
    name: "ftruncate",
    call: ({ file }) => os.ftruncate(file, 3),
  },
  fsync: { functions: fileFunctions, name: "fsync", call: ({ file }) => os.fsync(file) },
  mkfifo: {
    functions: fileFunctions,
    name: "mkfifo",
    call: ({ folder }) => os.mkfifo(`${folder}/fifo`, 0o600),
  },
  open: {
    functions: osLibc,
    name: "open",
    call: ({ own }) => own(os.open("/dev/null", os.O_RDONLY)) >= 0,
  },
  fcntl: { functions: libc, name: "fcntl", call: ({ file }) => os.fcntl(file, os.F_GETFD) },
  flock: { functions: osLibc, name: "flock", call: ({ file }) => os.flock(file, os.LOCK_SH) },
  ioctl: {
    functions: osLibc,
    name: "ioctl",
    call: ({ terminal }) => os.getWindowSize(terminal).rows,
  },
  "ioctl with a number": {
    functions: () => bindSymbols(symbols.ioctlNumberSymbols),
    name: "ioctl",
    call: ({ terminal }) => os.tcsendbreak(terminal),
  },
  poll: {
    functions: () => bindSymbols(symbols.pollSymbols),
    name: "poll",
    call: ({ pipe }) => os.poll([{ fd: pipe[1], events: os.POLLOUT }]),
  },
};

describe("a call that a signal interrupts", () => {
  for (const [title, { functions, name, call }] of Object.entries(interruptions)) {
    it(`${title}() is made again`, () => {
      using folder = new TemporaryFolder();
      using fds = new Fds();
      const open = (): World => {
        const pty = os.openpty();
        fds.own(pty.controller);
        const file = fds.own(os.memfdCreate("eintr"));
        os.write(file, room.subarray(0, 5));
        os.lseek(file, 0, os.SEEK_SET);
        return {
          file,
          pipe: fds.pipe(),
          terminal: fds.own(pty.terminal),
          folder: folder.path,
          own: (fd) => fds.own(fd),
        };
      };
      const world = open();
      let calls = 0;
      let result: unknown;
      {
        using fault = failingIn(functions() as never, name as never, EINTR, -1, () => ++calls <= 2);
        result = call(world);
        assertEquals(fault.count, 2);
      }
      using other = new TemporaryFolder();
      assertEquals(result, call({ ...open(), folder: other.path }));
    });
  }
});
