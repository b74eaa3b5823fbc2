/**
 * The io_uring doorbell's receiving end in Node.
 *
 * Node closes its sockets when a Worker is terminated. A descriptor that is opened here and given
 * to Node would have two owners for a moment, or none, and a Worker may be terminated in that
 * moment. So Node opens its own: it connects to a socket that listens here.
 */

import {
  AF_UNIX,
  EACCES,
  EBADF,
  O_CLOEXEC,
  O_NONBLOCK,
  SO_PEERCRED,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { bindSymbols, osLibc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { streamSocketSymbols } from "../ffi/symbols.ts";
import { getBuiltinModule } from "../runtime/globals.ts";
import { processId } from "../runtime/runtime.ts";
import { EventFd } from "../sys/eventfd.ts";
import { OwnedFd } from "../sys/owned_fd.ts";
import type { ReceivingEnd, ReceivingPair } from "./receiving_end.ts";

/** The part of `node:net` that is used here. A static import would load it with this module. */
interface Net {
  connect(options: {
    path: string;
    onread: { buffer: Uint8Array; callback: () => boolean };
  }): Socket;
}

interface Socket {
  /** Not documented, but used by many programs to get the descriptor. */
  readonly _handle: { readonly fd: number } | null;
  readonly errored: { readonly code?: string } | null;
  on(event: "close" | "error", listener: () => void): void;
  ref(): void;
  unref(): void;
  destroy(): void;
}

/** Connects Node's socket to the doorbell's. */
export function createReceivingPairInNode(): ReceivingPair {
  const type = SOCK_STREAM | O_NONBLOCK | O_CLOEXEC;
  const listening = new OwnedFd(() => osLibc().socket(AF_UNIX, type, 0), "socket");
  try {
    startListening(listening);
    return connectTo(listening.fd);
  } finally {
    listening.close();
  }
}

function connectTo(listeningFd: number): ReceivingPair {
  const receiving = new ConnectedEnd(readName(listeningFd));
  try {
    return { receiving, writing: acceptOwn(listeningFd) };
  } catch (error) {
    receiving[Symbol.dispose]();
    throw error;
  }
}

/** Makes `fd` listen under a name that the kernel chooses in the abstract namespace. unix(7) */
function startListening({ fd }: OwnedFd): void {
  const family = new Uint16Array([AF_UNIX]);
  throwIfFailed(osLibc().bind(fd, family, family.byteLength), "bind", fd);
  throwIfFailed(osLibc().listen(fd, 8), "listen", fd);
}

/** Reads the name of the listening socket `fd`, which begins with a NUL. */
function readName(fd: number): string {
  const address = new Uint8Array(110);
  const length = new Uint32Array([address.length]);
  throwIfFailed(osLibc().getsockname(fd, address, length), "getsockname", fd);
  return new TextDecoder().decode(address.subarray(2, length[0]));
}

/** Accepts the connection that comes from this process: others can connect to any name. */
function acceptOwn(listeningFd: number): OwnedFd {
  const { accept4 } = bindSymbols(streamSocketSymbols);
  const [fd, flags] = [BigInt(listeningFd), BigInt(O_NONBLOCK | O_CLOEXEC)];
  const accept = () => accept4(fd, 0n, 0n, flags);
  for (;;) {
    const accepted = new OwnedFd(accept, "accept4", listeningFd);
    try {
      if (readPeerPid(accepted.fd) === processId()) return accepted;
    } catch (error) {
      accepted.close();
      throw error;
    }
    accepted.close();
  }
}

/** Reads the process that `fd` is connected to from its `struct ucred`. */
function readPeerPid(fd: number): number {
  const credentials = new Int32Array(3);
  const length = new Uint32Array([credentials.byteLength]);
  const { getsockopt } = bindSymbols(streamSocketSymbols);
  throwIfFailed(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, length), "getsockopt", fd);
  return credentials[0]!;
}

/** A socket that belongs to Node from the start. */
class ConnectedEnd implements ReceivingEnd {
  readonly fd: number;
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #onData: (() => void) | undefined;

  constructor(path: string) {
    const net = getBuiltinModule("node:net") as Net;
    const callback = (): boolean => {
      this.#onData?.();
      return true;
    };
    // With a buffer to read into, the bytes don't take the long way through the socket's stream.
    const socket = net.connect({ path, onread: { buffer: new Uint8Array(16), callback } });
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.on("close", resolve));
    socket.on("error", () => {}); // if nothing is delivered, that is noticed without this
    socket.unref();
    const fd = socket._handle?.fd;
    if (fd === undefined || fd < 0) {
      // Node reports the cause later. Mostly there are no descriptors left, and then this throws.
      new EventFd().close();
      const isDenied = socket.errored?.code === "ERR_ACCESS_DENIED";
      const hint = "Node's permission model needs --allow-net for the doorbell's own socket";
      throw isDenied ? systemError(EACCES, "connect", { hint }) : systemError(EBADF, "connect");
    }
    this.fd = fd;
  }

  start(onData: () => void): void {
    this.#onData ??= onData;
  }

  setRef(ref: boolean): void {
    if (ref) this.#socket.ref();
    else this.#socket.unref();
  }

  close(): Promise<void> {
    this.#socket.destroy();
    return this.#closed;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
