/**
 * D-Bus with sd-bus: one process serves an object that returns words in capitals, and another one
 * calls it.
 *
 *     deno run --allow-ffi --allow-env examples/sd_bus.ts serve
 *     deno run --allow-ffi --allow-env examples/sd_bus.ts call hello
 *
 * With Bun or Node, write `bun` or `node` instead of `deno run --allow-ffi --allow-env`. The
 * processes use the bus of the user's session, DBUS_SESSION_BUS_ADDRESS. They need libsystemd, on
 * Debian the package libsystemd0.
 *
 * Before each wait, sd-bus returns which directions to wait for, and until when. Both can change
 * when a message is queued during the wait. That is why each call of sd-bus ends the wait.
 */

import process from "node:process";
import { ClosedResourceError, waitReady } from "@fdready/fdready";
import { misuse, readCommandLine } from "./support/command_line.ts";
import {
  addressFrom,
  bytesAt,
  type Callback,
  cString,
  openCallback,
  stringAt,
} from "./support/library.ts";
import {
  CLOCK_MONOTONIC,
  libsystemd,
  messageHandler,
  POLLIN,
  POLLOUT,
  SD_BUS_TYPE_STRING,
} from "./support/libsystemd.ts";

const usage = `
deno run --allow-ffi --allow-env examples/sd_bus.ts serve|call [words...]
bun examples/sd_bus.ts serve|call [words...]
node examples/sd_bus.ts serve|call [words...]

Serves an object on the session's D-Bus that returns words in capitals, or calls it with each word.
`;

/** A method or a signal. */
export interface Member {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
}

/** A call of a method with one string, on the peer `destination`. */
export interface Call extends Member {
  readonly destination: string;
  readonly argument?: string;
  /** The timeout, in ms. The default is 25 seconds. */
  readonly timeout?: number;
}

/** The daemon itself. */
export const daemon = {
  destination: "org.freedesktop.DBus",
  path: "/org/freedesktop/DBus",
  interface: "org.freedesktop.DBus",
} as const;

/** An error from sd-bus or from the peer. */
export class BusError extends Error {
  override readonly name = "BusError";
}

/** A connection to a bus. Responses, methods and signals have one string or none. */
export class Bus implements AsyncDisposable {
  readonly #bus: bigint;
  readonly #handlers = new DisposableStack();
  readonly #calls = new Map<bigint, PromiseWithResolvers<string>>();
  readonly #onReply: Callback;
  #nextCall = 1n;
  #changed = new AbortController();
  #closed = false;
  /** Resolves when the bus is closed, and rejects when it is lost. */
  readonly done: Promise<void>;

  /** Connects to the bus at `address`, as in `"unix:path=/run/dbus/system_bus_socket"`. */
  constructor(address: string) {
    const bus = libsystemd();
    this.#bus = addressFrom((out) => checked(bus.sd_bus_new(out), "sd_bus_new"));
    try {
      checked(bus.sd_bus_set_address(this.#bus, cString(address)), "sd_bus_set_address");
      checked(bus.sd_bus_set_bus_client(this.#bus, 1), "sd_bus_set_bus_client");
      checked(bus.sd_bus_start(this.#bus), `sd_bus_start ${address}`);
    } catch (error) {
      bus.sd_bus_flush_close_unref(this.#bus);
      throw error;
    }
    this.#onReply = this.#handlers.use(openCallback(messageHandler, (reply, call) => {
      const { resolve, reject } = this.#calls.get(call)!;
      this.#calls.delete(call);
      if (libsystemd().sd_bus_message_is_method_error(reply, 0n) > 0) reject(errorOf(reply));
      else resolve(stringOf(reply));
      return 1;
    }));
    this.done = this.#run();
    // Pending calls reject too.
    this.done.catch(() => {});
  }

  /** Calls a method. Resolves to its response. */
  call({ destination, path, interface: name, member, argument, timeout = 25_000 }: Call): Promise<
    string
  > {
    const bus = libsystemd();
    const handle = this.#open();
    const [to, at, of, method] = [destination, path, name, member].map(cString);
    const message = addressFrom((out) =>
      checked(
        bus.sd_bus_message_new_method_call(handle, out, to!, at!, of!, method!),
        "sd_bus_message_new_method_call",
      )
    );
    try {
      if (argument !== undefined) append(message, argument);
      const call = this.#nextCall++;
      const microseconds = BigInt(Math.ceil(timeout * 1000));
      const { address } = this.#onReply;
      checked(
        bus.sd_bus_call_async(handle, 0n, message, address, call, microseconds),
        "sd_bus_call_async",
      );
      const answer = Promise.withResolvers<string>();
      this.#calls.set(call, answer);
      return answer.promise;
    } finally {
      bus.sd_bus_message_unref(message);
      this.#changed.abort();
    }
  }

  /**
   * Requests a name for calls from other connections. If another connection owns it, the bus is
   * lost.
   */
  async requestName(name: string): Promise<void> {
    const { sd_bus_request_name_async } = libsystemd();
    checked(
      sd_bus_request_name_async(this.#open(), 0n, cString(name), 0n, 0n, 0n),
      "sd_bus_request_name_async",
    );
    // The daemon responds in order.
    await this.call({ ...daemon, member: "GetId" });
  }

  /** Calls `listener` for each signal of that name, from any sender, from soon on. */
  onSignal(name: Omit<Member, "path">, listener: (argument: string) => void): void {
    const { sd_bus_match_signal_async } = libsystemd();
    const { address } = this.#handle((message) => {
      listener(stringOf(message));
      return 0;
    });
    const [of, member] = [cString(name.interface), cString(name.member)];
    checked(
      sd_bus_match_signal_async(this.#open(), 0n, 0n, 0n, of, member, address, 0n, 0n),
      "sd_bus_match_signal_async",
    );
    this.#changed.abort();
  }

  /** Sends a signal. */
  emit({ path, interface: name, member }: Member, argument: string): void {
    const { sd_bus_emit_signal } = libsystemd();
    const [at, of, signal, type] = [path, name, member, "s"].map(cString);
    checked(
      sd_bus_emit_signal(this.#open(), at!, of!, signal!, type!, cString(argument)),
      "sd_bus_emit_signal",
    );
    this.#changed.abort();
  }

  /** Responds to calls of a method. If the method returns nothing, there is no response. */
  serve(
    { path, interface: name, member }: Member,
    method: (argument: string) => string | undefined,
  ): void {
    const bus = libsystemd();
    const [of, called] = [cString(name), cString(member)];
    const { address } = this.#handle((message) => {
      if (bus.sd_bus_message_is_method_call(message, of, called) <= 0) return 0;
      const answer = method(stringOf(message));
      if (answer !== undefined) this.#reply(message, answer);
      return 1;
    });
    checked(
      bus.sd_bus_add_object(this.#open(), 0n, cString(path), address, 0n),
      "sd_bus_add_object",
    );
  }

  /**
   * Sends queued messages and closes the bus. Pending calls reject with a `ClosedResourceError`.
   */
  async close(): Promise<void> {
    this.#closed = true;
    this.#changed.abort();
    await this.done.catch(() => {});
  }

  /** Closes the bus, as `close` does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(): Promise<void> {
    let reason: unknown = closedError();
    try {
      while (!this.#closed) {
        while (checked(libsystemd().sd_bus_process(this.#bus, 0n), "sd_bus_process") > 0);
        // From here on, changes end the wait.
        this.#changed = new AbortController();
        await this.#wait(this.#changed.signal);
      }
    } catch (error) {
      this.#closed = true;
      throw reason = error;
    } finally {
      for (const { reject } of this.#calls.values()) reject(reason);
      libsystemd().sd_bus_flush_close_unref(this.#bus);
      this.#handlers.dispose();
    }
  }

  /** Waits for the events that sd-bus requests, or until they change. */
  async #wait(signal: AbortSignal): Promise<void> {
    const bus = libsystemd();
    const events = checked(bus.sd_bus_get_events(this.#bus), "sd_bus_get_events");
    const until = new BigUint64Array(1);
    checked(bus.sd_bus_get_timeout(this.#bus, until), "sd_bus_get_timeout");
    const timeout = millisecondsUntil(until[0]!);
    const [readable, writable] = [(events & POLLIN) !== 0, (events & POLLOUT) !== 0];
    try {
      const fd = bus.sd_bus_get_fd(this.#bus);
      await waitReady(fd, { readable, writable, timeout, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** A handler that may throw. sd-bus gets the error, and considers the message handled. */
  #handle(handler: (message: bigint) => number): Callback {
    return this.#handlers.use(openCallback(messageHandler, (message) => {
      try {
        return handler(message);
      } catch (error) {
        console.error(error);
        return 1;
      }
    }));
  }

  #reply(call: bigint, answer: string): void {
    const bus = libsystemd();
    const reply = addressFrom((out) =>
      checked(bus.sd_bus_message_new_method_return(call, out), "sd_bus_message_new_method_return")
    );
    try {
      append(reply, answer);
      checked(bus.sd_bus_send(this.#bus, reply, 0n), "sd_bus_send");
    } finally {
      bus.sd_bus_message_unref(reply);
    }
  }

  /** The handle. A call of libsystemd with a freed one would crash. */
  #open(): bigint {
    if (this.#closed) throw closedError();
    return this.#bus;
  }
}

/** The time until a moment of CLOCK_MONOTONIC, in microseconds. The maximum means never. */
function millisecondsUntil(moment: bigint): number {
  if (moment === 2n ** 64n - 1n) return Infinity;
  const timespec = new BigInt64Array(2);
  libsystemd().clock_gettime(CLOCK_MONOTONIC, timespec);
  const now = timespec[0]! * 1_000_000n + timespec[1]! / 1000n;
  return Math.max(0, Number(moment - now) / 1000);
}

function append(message: bigint, text: string): void {
  const { sd_bus_message_append_basic } = libsystemd();
  checked(
    sd_bus_message_append_basic(message, SD_BUS_TYPE_STRING, cString(text)),
    "sd_bus_message_append_basic",
  );
}

/** The string at the beginning of `message`, or an empty one. */
function stringOf(message: bigint): string {
  const { sd_bus_message_read_basic } = libsystemd();
  const text = addressFrom((out) =>
    void sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, out)
  );
  return stringAt(libsystemd(), text);
}

function errorOf(reply: bigint): BusError {
  // sd_bus_error: const char *name; const char *message; int _need_free
  const address = libsystemd().sd_bus_message_get_error(reply);
  const struct = new DataView(bytesAt(libsystemd(), address, 16).buffer);
  const [name, words] = [0, 8].map((at) => stringAt(libsystemd(), struct.getBigUint64(at, true)));
  return new BusError(`${name}: ${words}`);
}

/** Returns `result`. Throws if it is a negative errno. */
function checked(result: number, what: string): number {
  if (result >= 0) return result;
  const words = stringAt(libsystemd(), libsystemd().strerror(-result));
  throw new BusError(`${what}: ${words}`);
}

function closedError(): ClosedResourceError {
  return new ClosedResourceError("The bus is closed");
}

const name = "org.example.Fdready";
const shout = { path: "/org/example/fdready", interface: name, member: "Shout" };

const roles: Record<string, (bus: Bus, words: string[]) => Promise<void>> = {
  async serve(bus) {
    bus.serve(shout, (text) => text.toUpperCase());
    await bus.requestName(name);
    console.log(`serving ${name}`);
    await bus.done;
  },
  async call(bus, words) {
    if (words.length === 0) misuse("a word is missing");
    for (const argument of words) {
      console.log(await bus.call({ destination: name, ...shout, argument }));
    }
  },
};

if (import.meta.main) {
  const { positionals: [role = "", ...words] } = readCommandLine(usage, {}, { most: Infinity });
  const play = Object.hasOwn(roles, role) ? roles[role] : undefined;
  if (play === undefined) {
    misuse(`the role must be ${Object.keys(roles).join(" or ")}, not "${role}"`);
  }
  const address = process.env.DBUS_SESSION_BUS_ADDRESS;
  if (address === undefined) misuse("there is no DBUS_SESSION_BUS_ADDRESS");
  await using bus = new Bus(address);
  await play(bus, words);
}
