/**
 * A file system with one file, `hello`. This process mounts it on a folder and serves it, until it
 * is unmounted or the program is interrupted.
 *
 *     sudo deno run --allow-ffi examples/fuse_hello.ts /mnt
 *     sudo bun examples/fuse_hello.ts /mnt
 *     sudo node examples/fuse_hello.ts /mnt
 *
 * In another terminal, run `cat /mnt/hello`. The program implements the protocol of fuse(4), and
 * needs no library. It must not use its own file system with a synchronous call, which would block
 * the thread that has to respond.
 */

import process from "node:process";
import { closeFd, SystemError, waitReadable } from "@fdready/fdready";
import { lastError, O_RDWR, open, read, writev } from "@fdready/fdready/os";
import { readCommandLine } from "./support/command_line.ts";
import { cString, type Functions, openLibrary } from "./support/library.ts";

const usage = `
deno run --allow-ffi examples/fuse_hello.ts [folder]
bun examples/fuse_hello.ts [folder]
node examples/fuse_hello.ts [folder]

Mounts a file system with one file on the folder, by default /mnt.
`;

const symbols = {
  // int mount(const char *source, const char *target, const char *filesystemtype,
  //           unsigned long mountflags, const void *data)
  mount: { args: ["buffer", "buffer", "buffer", "address", "buffer"], returns: "i32" },
  // int umount2(const char *target, int flags)
  umount2: { args: ["buffer", "i32"], returns: "i32" },
} as const;

let library: Functions<typeof symbols> | undefined;

function libc(): Functions<typeof symbols> {
  return library ??= openLibrary("libc.so.6", symbols);
}

const MS_RDONLY = 1n;
const MS_NOSUID = 2n;
const MS_NODEV = 4n;
const MNT_DETACH = 2;

// linux/fuse.h
const FUSE_LOOKUP = 1;
const FUSE_FORGET = 2;
const FUSE_GETATTR = 3;
const FUSE_OPEN = 14;
const FUSE_READ = 15;
const FUSE_RELEASE = 18;
const FUSE_FLUSH = 25;
const FUSE_INIT = 26;
const FUSE_OPENDIR = 27;
const FUSE_READDIR = 28;
const FUSE_RELEASEDIR = 29;
const FUSE_INTERRUPT = 36;
const FUSE_BATCH_FORGET = 42;

const ENOENT = 2;
const ENOSYS = 38;

const root = 1;
const file = 2;
const fileName = "hello";

/** The length of the longest request. No request of this file system carries data to write. */
const longestRequest = 0x2_0000;
const headerLength = 40;

/** The protocol's structs, which are the same on every 64-bit machine. */
class Struct {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  u16(at: number, value: number): this {
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32(at: number, value: number): this {
    this.#view.setUint32(at, value, true);
    return this;
  }

  u64(at: number, value: number | bigint): this {
    this.#view.setBigUint64(at, BigInt(value), true);
    return this;
  }
}

/** The file system. It serves requests until it is unmounted. */
export class HelloFileSystem implements Disposable {
  readonly #folder: string;
  readonly #content: Uint8Array;
  readonly #fd = open("/dev/fuse", O_RDWR);
  #mounted = false;
  /** Resolves when it was unmounted, by `unmount` or by another program. */
  readonly done: Promise<void>;

  /** Mounts the file system on `folder`, with a file that contains `content`. Requires root. */
  constructor(folder: string, content: Uint8Array) {
    this.#folder = folder;
    this.#content = content;
    const options = `fd=${this.#fd},rootmode=40000,user_id=0,group_id=0`;
    const [source, target, type, data] = ["hello", folder, "fuse.hello", options].map(cString);
    const flags = MS_RDONLY | MS_NOSUID | MS_NODEV;
    if (libc().mount(source!, target!, type!, flags, data!) !== 0) {
      const error = lastError("mount");
      closeFd(this.#fd);
      throw error;
    }
    this.#mounted = true;
    this.done = this.#serve();
  }

  /** Unmounts the file system when it is no longer in use. Idempotent. */
  unmount(): void {
    if (!this.#mounted) return;
    this.#mounted = false;
    libc().umount2(cString(this.#folder), MNT_DETACH);
  }

  /** Unmounts the file system, as `unmount` does. */
  [Symbol.dispose](): void {
    this.unmount();
  }

  async #serve(): Promise<void> {
    const request = new Uint8Array(longestRequest);
    try {
      for (;;) {
        const length = this.#read(request);
        if (length === undefined) await waitReadable(this.#fd);
        else if (length > 0) this.#answer(new DataView(request.buffer, 0, length));
      }
    } catch (error) {
      // The device reports this after the file system was unmounted.
      if (!(error instanceof SystemError && error.code === "ENODEV")) throw error;
    } finally {
      this.unmount();
      closeFd(this.#fd);
    }
  }

  /** The next request, or an empty one if it was interrupted before it was read. */
  #read(request: Uint8Array): number | undefined {
    try {
      return read(this.#fd, request);
    } catch (error) {
      if (error instanceof SystemError && error.code === "ENOENT") return 0;
      throw error;
    }
  }

  /** struct fuse_in_header: u32 len, opcode; u64 unique, nodeid; … */
  #answer(request: DataView): void {
    const body = new DataView(request.buffer, headerLength, request.byteLength - headerLength);
    const node = Number(request.getBigUint64(16, true));
    const answer = this.#answerTo(request.getUint32(4, true), node, body);
    if (answer === undefined) return;
    const [error, data] = typeof answer === "number" ? [-answer, nothing] : [0, answer];
    // struct fuse_out_header: u32 len; s32 error; u64 unique
    const header = new Struct(16).u32(0, 16 + data.length).u32(4, error)
      .u64(8, request.getBigUint64(8, true));
    try {
      writev(this.#fd, [header.bytes, data]);
    } catch (error) {
      // The request was interrupted in the meantime, so its response isn't needed.
      if (!(error instanceof SystemError && error.code === "ENOENT")) throw error;
    }
  }

  /** The response: data, an errno, or none. */
  #answerTo(operation: number, node: number, body: DataView): Uint8Array | number | undefined {
    switch (operation) {
      // Version 7.31: u32 major, minor, max_readahead, flags; u16 …; u32 max_write
      case FUSE_INIT:
        return new Struct(64).u32(0, 7).u32(4, 31).u32(8, 65_536).u16(16, 16).u16(18, 12)
          .u32(20, 4096).u32(24, 1).bytes;
      case FUSE_LOOKUP:
        return nameIn(body) === fileName ? this.#entry() : ENOENT;
      case FUSE_GETATTR: // u64 attr_valid; u32 …; struct fuse_attr
        return this.#setAttributes(new Struct(104).u64(0, 1), 16, node).bytes;
      case FUSE_OPEN:
      case FUSE_OPENDIR:
        return new Struct(16).bytes; // u64 fh; u32 open_flags
      case FUSE_READ: { // u64 fh, offset; u32 size
        const offset = Number(body.getBigUint64(8, true));
        return this.#content.subarray(offset, offset + body.getUint32(16, true));
      }
      case FUSE_READDIR:
        return body.getBigUint64(8, true) === 0n ? directory : nothing;
      case FUSE_FLUSH:
      case FUSE_RELEASE:
      case FUSE_RELEASEDIR:
        return nothing;
      case FUSE_FORGET:
      case FUSE_BATCH_FORGET:
      case FUSE_INTERRUPT:
        return undefined;
      default:
        return ENOSYS;
    }
  }

  /** struct fuse_entry_out: u64 nodeid, generation, entry_valid, attr_valid; …; struct fuse_attr */
  #entry(): Uint8Array {
    return this.#setAttributes(new Struct(128).u64(0, file).u64(16, 1).u64(24, 1), 40, file).bytes;
  }

  /** struct fuse_attr: u64 ino, size, blocks, …; u32 mode at 60, nlink, uid, gid, rdev, blksize */
  #setAttributes(struct: Struct, at: number, node: number): Struct {
    return struct.u64(at, node)
      .u64(at + 8, node === file ? this.#content.length : 0)
      .u32(at + 60, node === file ? 0o100444 : 0o40555)
      .u32(at + 64, node === file ? 1 : 2)
      .u32(at + 80, 4096);
  }
}

const nothing = new Uint8Array();

/** The folder: struct fuse_dirent, u64 ino, off; u32 namelen, type; the name, up to 8 bytes. */
const directory = Uint8Array.from(
  ([[root, ".", 4], [root, "..", 4], [file, fileName, 8]] as const).flatMap(
    ([node, name, type], index) => {
      const entry = new Struct(24 + 8).u64(0, node).u64(8, index + 1).u32(16, name.length)
        .u32(20, type);
      entry.bytes.set(new TextEncoder().encode(name), 24);
      return [...entry.bytes];
    },
  ),
);

/** The name in a request, which ends with a NUL. */
function nameIn(body: DataView): string {
  return new TextDecoder().decode(
    new Uint8Array(body.buffer, body.byteOffset, body.byteLength - 1),
  );
}

if (import.meta.main) {
  const { positionals: [folder = "/mnt"] } = readCommandLine(usage, {}, { most: 1 });
  const text = "hello from this process\n";
  using fileSystem = new HelloFileSystem(folder, new TextEncoder().encode(text));
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => fileSystem.unmount());
  console.log(`mounted on ${folder}`);
  await fileSystem.done;
}
