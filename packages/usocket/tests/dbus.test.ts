/**
 * npm's D-Bus libraries, as two clients of a bus: one exports an object, and the other calls it.
 */

import { assert, assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { close, memfdCreate, pipe, read, write } from "@fdready/fdready/os";
import { countFds, noMoreFdsThan, noMoreThan } from "../../../tests/support/fds.ts";
import { describeIfInstalled } from "../../../tests/support/prerequisites.ts";
import { dbusStream, USocket } from "../mod.ts";
import { until } from "../../../tests/support/event_loop.ts";
import { DBusDaemon } from "./support/dbus_daemon.ts";

import { missingProgram } from "./support/programs.ts";
import { ended, fileOf } from "./support/sockets.ts";

const calls = 1000;
/** The number of concurrent calls, so that their messages follow each other closely. */
const atOnce = 25;

const name = "dev.fdready.Test";
const path = "/dev/fdready/Test";
const member = "Swap";

const require = createRequire(import.meta.url);

/** Calls the object with two descriptors, and receives two. */
type Call = (fds: [number, number]) => Promise<readonly number[]>;

/** The object's method, with the end of a pipe and a file in memory. The result may be closed. */
function swap(pipeEnd: number, memory: number): [number, number] {
  const called = fileOf(memory).replace(/^\/memfd:| \(deleted\)$/g, "");
  write(pipeEnd, new TextEncoder().encode(called));
  const [reader, writer] = pipe();
  write(writer, new TextEncoder().encode(called));
  const answer: [number, number] = [reader, memfdCreate(`answer to ${called}`)];
  for (const fd of [pipeEnd, memory, writer]) close(fd);
  return answer;
}

function textIn(fd: number): string {
  const buffer = new Uint8Array(64);
  return new TextDecoder().decode(buffer.subarray(0, read(fd, buffer)));
}

async function callMany(call: Call): Promise<void> {
  let next = 0;
  const callSome = async () => {
    while (next < calls) {
      const text = `call ${next++}`;
      const [reader, writer] = pipe();
      const memory = memfdCreate(text);
      const [answerEnd, answerMemory] = await call([writer, memory]);
      assertEquals(textIn(reader), text);
      assertEquals(textIn(answerEnd!), text);
      assertEquals(fileOf(answerMemory!), `/memfd:answer to ${text} (deleted)`);
      for (const fd of [reader, writer, memory, answerEnd!, answerMemory!]) close(fd);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, callSome));
}

/** A client with one of the libraries. */
interface Client extends AsyncDisposable {
  serve(): Promise<void>;
  call: Call;
}

/** The part of dbus-next that is used here. */
interface DBusNext {
  sessionBus(options: { busAddress: string; negotiateUnixFd: boolean }): {
    readonly _connection: { readonly stream: USocket };
    once(event: "connect", listener: () => void): void;
    export(path: string, object: unknown): void;
    requestName(name: string, flags: number): Promise<number>;
    call(message: unknown): Promise<{ readonly body: number[] }>;
    disconnect(): void;
  };
  readonly Message: new (parts: Record<string, unknown>) => unknown;
  readonly interface: {
    readonly Interface: {
      new (name: string): object;
      configureMembers(members: Record<string, unknown>): void;
    };
  };
}

async function dbusNext(address: string): Promise<Client> {
  const dbus: DBusNext = require("dbus-next");
  const bus = dbus.sessionBus({ busAddress: address, negotiateUnixFd: true });
  await new Promise<void>((resolve) => bus.once("connect", resolve));
  const { stream } = bus._connection;
  assert(stream instanceof USocket, "dbus-next has another usocket");
  class Swapper extends dbus.interface.Interface {
    [member](...fds: [number, number]): number[] {
      const answer = swap(...fds);
      // By then they have been sent or duplicated.
      queueMicrotask(() => answer.forEach((fd) => close(fd)));
      return answer;
    }
  }
  Swapper.configureMembers({ methods: { [member]: { inSignature: "hh", outSignature: "hh" } } });
  return {
    async serve() {
      bus.export(path, new Swapper(name));
      await bus.requestName(name, 0);
    },
    async call(fds) {
      const parts = { destination: name, path, interface: name, member };
      const reply = await bus.call(new dbus.Message({ ...parts, signature: "hh", body: fds }));
      return reply.body;
    },
    async [Symbol.asyncDispose]() {
      bus.disconnect();
      await ended(stream);
    },
  };
}

/** The part of dbus-native's messages that is used here. */
interface NativeMessage {
  readonly replySerial?: number;
  serial?: number;
  readonly fds?: number[];
  readonly [name: string]: unknown;
}

/** The part of dbus-native that is used here. */
interface DBusNative {
  createClient(options: { stream: USocket }): {
    readonly connection: {
      readonly unixFdsAgreed: boolean;
      message(message: NativeMessage): void;
      on(event: "message", listener: (message: NativeMessage) => void): void;
    };
    invoke(message: NativeMessage): PromiseLike<number[]>;
    requestName(name: string, flags: number): PromiseLike<number>;
    getId(): PromiseLike<string>;
    exportInterface(object: unknown, path: string, description: unknown): void;
  };
}

async function dbusNative(address: string): Promise<Client> {
  const dbus: DBusNative = require("dbus-native");
  const stream = dbusStream(address);
  const bus = dbus.createClient({ stream });
  const { connection } = bus;
  await bus.getId();
  assert(connection.unixFdsAgreed, "descriptors were not agreed upon");

  const received = new Map<number, readonly number[]>();
  connection.on("message", ({ replySerial, fds }) => {
    if (replySerial !== undefined && fds !== undefined) received.set(replySerial, fds);
  });
  // An exported object's answers can have descriptors only if they are added to the message.
  const answers = new Map<number, [number, number]>();
  const send = connection.message;
  connection.message = (message) => {
    const fds = answers.get(message.replySerial ?? 0);
    if (fds === undefined) return send(message);
    answers.delete(message.replySerial ?? 0);
    send({ ...message, fds });
    for (const fd of fds) close(fd);
  };
  const object = {
    [member](one: number, other: number, { serial, fds }: NativeMessage): [number, number] {
      answers.set(serial!, swap(fds![one]!, fds![other]!));
      return [0, 1];
    },
  };
  return {
    async serve() {
      bus.exportInterface(object, path, { name, methods: { [member]: ["hh", "hh", [], []] } });
      await bus.requestName(name, 0);
    },
    async call(fds) {
      const parts = { destination: name, path, interface: name, member };
      const message: NativeMessage = { ...parts, signature: "hh", body: [0, 1], fds };
      const [one, other] = await bus.invoke(message);
      const taken = received.get(message.serial!)!;
      received.delete(message.serial!);
      return [taken[one!]!, taken[other!]!];
    },
    async [Symbol.asyncDispose]() {
      stream.end();
      await ended(stream);
    },
  };
}

/** The daemon's descriptors. It is the child of `timeout`. */
function daemonFds({ child: { pid } }: DBusDaemon): string[] {
  const [daemon] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
  return readdirSync(`/proc/${daemon}/fd`);
}

const libraries: Record<string, (address: string) => Promise<Client>> = {
  "dbus-next": dbusNext,
  "dbus-native": dbusNative,
};

describeIfInstalled("D-Bus", missingProgram("dbus-daemon", "dbus"), () => {
  for (const [serving, serve] of Object.entries(libraries)) {
    for (const [calling, call] of Object.entries(libraries)) {
      const listen = serving === calling
        ? "unix:path=FOLDER/bus"
        : `unix:abstract=fdready-${crypto.randomUUID()}`;
      it(`USocket carries the descriptors of ${calls} calls from ${calling} to ${serving}`, async () => {
        await using daemon = await DBusDaemon.start(listen);
        // Some descriptors are opened once.
        await (await serve(daemon.address))[Symbol.asyncDispose]();
        const [before, daemonBefore] = [countFds(), daemonFds(daemon).length];
        {
          await using server = await serve(daemon.address);
          await using client = await call(daemon.address);
          await server.serve();
          await callMany(client.call);
        }
        await noMoreFdsThan(before);
        await noMoreThan(daemonBefore, () => daemonFds(daemon), (fd) => `the daemon's ${fd}`);
      });
    }
  }

  it("dbusStream() lets dbus-native emit end and close when the bus ends", async () => {
    const dbus: DBusNative = require("dbus-native");
    const events: string[] = [];
    const stream = await (async () => {
      await using daemon = await DBusDaemon.start("unix:path=FOLDER/bus");
      const stream = dbusStream(daemon.address);
      const bus = dbus.createClient({ stream });
      await bus.getId();
      for (const event of ["end", "close"]) {
        (bus.connection as unknown as NodeJS.EventEmitter).on(event, () => events.push(event));
      }
      return stream;
    })();
    await ended(stream);
    await until(() => events.includes("close"), () => new Error(`Events: ${events}`));
    assertEquals(stream.fd, undefined);
  });

  it("dbusStream() emits an error, which dbus-native emits too", async () => {
    const dbus: DBusNative = require("dbus-native");
    const { connection } = dbus.createClient({ stream: dbusStream("unix:path=/nonexistent") });
    const [error] = await once(connection as unknown as NodeJS.EventEmitter, "error");
    assertEquals(error.code, "ENOENT");
  });
});
