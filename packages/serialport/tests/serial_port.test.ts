/** The class for programs, and the parsers, on lines that are busy in both directions. */

import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { describe, it } from "@std/testing/bdd";
import { FdStream } from "@fdready/fdready";
import { openpty } from "@fdready/fdready/os";
import { SerialPortStream } from "@serialport/stream";
import { describeForDrivers } from "../../../tests/support/drivers.ts";
import { countFdsOf, Fds } from "../../../tests/support/fds.ts";
import * as serialport from "../mod.ts";
import { createBinding } from "../src/binding.ts";
import { endDuringWrite, nativeEvents } from "./support/events.ts";
import { type Bench, describeForLines } from "./support/ports.ts";

const { SerialPort, ReadlineParser, ReadyParser, ByteLengthParser } = serialport;

// deno-lint-ignore no-explicit-any -- arguments of untyped callers
type Anything = any;

/** The argument of a call's callback. */
function called(call: (callback: (error: Error | null) => void) => void): Promise<Error | null> {
  return new Promise((resolve) => call(resolve));
}

/** Opens a port with the bench's binding. */
async function openStream(
  { binding }: Bench,
  path: string,
  options: Partial<serialport.SerialPortOpenOptions> = {},
): Promise<serialport.SerialPort> {
  const port = new SerialPort({ binding, path, baudRate: 115_200, ...options });
  await once(port, "open");
  return port;
}

function closeAll(...ports: serialport.SerialPort[]): Promise<unknown> {
  return Promise.all(ports.map((port) => called((callback) => port.close(callback))));
}

/** The next `count` values that `emitter` emits as data. */
async function collect<T>(emitter: NodeJS.ReadableStream, count: number): Promise<T[]> {
  const values: T[] = [];
  await new Promise<void>((resolve) => {
    emitter.on("data", (data: Anything) => {
      values.push(data);
      if (values.length === count) resolve();
    });
  });
  return values;
}

describe("SerialPort", () => {
  it("SerialPort has the same members as in npm's serialport", () => {
    assertEquals(SerialPort.binding, serialport.binding);
    assertEquals(SerialPort.list, serialport.binding.list);
    assertInstanceOf(SerialPort.prototype, SerialPortStream);
    const parsers = Object.keys(serialport).filter((name) => /Parser|Encoder|Decoder/.test(name));
    assertEquals(parsers.sort(), [
      "ByteLengthParser",
      "CCTalkParser",
      "DelimiterParser",
      "InterByteTimeoutParser",
      "PacketLengthParser",
      "ReadlineParser",
      "ReadyParser",
      "RegexParser",
      "SlipDecoder",
      "SlipEncoder",
      "SpacePacketParser",
    ]);
  });

  it("new SerialPort() throws for missing options, a missing path and a wrong speed", () => {
    const make = (options: Anything) => new SerialPort(options);
    assertThrows(() => make(undefined), TypeError, '"path" is not defined');
    assertThrows(() => make({ baudRate: 9600 }), TypeError, '"path" is not defined');
    assertThrows(() => make({ path: "/dev/x" }), TypeError, '"baudRate" must be a number');
    assertThrows(() => make({ path: "/dev/x", baudRate: "1" }), TypeError, '"baudRate" must be');
  });

  it("new SerialPort() calls back with an error, or emits it, if it can't be opened", async () => {
    const message = "Error: No such file or directory, cannot open /dev/nothing";
    const options = { path: "/dev/nothing", baudRate: 9600 };
    const error = await called((callback) => new SerialPort(options, callback));
    assertEquals(error?.message, message);
    const [emitted] = await once(new SerialPort(options), "error");
    assertEquals(emitted.message, message);
    const parity: Anything = "strange";
    const refusal = await called((callback) => new SerialPort({ ...options, parity }, callback));
    assertInstanceOf(refusal, TypeError);
  });
});

describeForLines("SerialPort", (it) => {
  it("new SerialPort() uses the defaults of options that are undefined", async ({ line }) => {
    const names = ["binding", "autoOpen", "endOnClose", "highWaterMark", "hupcl", "lock", "vmin"];
    const unset = Object.fromEntries(names.map((name) => [name, undefined]));
    const port = new SerialPort({ path: line.near, baudRate: 9600, ...unset });
    await once(port, "open");
    const { hupcl, lock, vmin } = port.port!.openOptions;
    assertEquals([hupcl, lock, vmin], [true, true, 1]);
    assertEquals(port.readableHighWaterMark, 64 * 1024);
    await called((callback) => port.close(callback));
  });

  it("open() and close() call back and emit events, once", async (bench) => {
    const { binding, line } = bench;
    const options = { binding, path: line.near, baudRate: 9600, autoOpen: false };
    const port = new SerialPort(options);
    assertEquals([port.isOpen, port.path, port.baudRate], [false, line.near, 9600]);
    const opened = once(port, "open");
    assertEquals(await called((callback) => port.open(callback)), null);
    await opened;
    assertEquals(port.isOpen, true);
    assertEquals(
      (await called((callback) => port.open(callback)))?.message,
      "Port is already open",
    );
    const locked = await called((callback) => new SerialPort(options).open(callback));
    assert(locked?.message.includes("Cannot lock port"));
    const closed = once(port, "close");
    assertEquals(await called((callback) => port.close(callback)), null);
    assertEquals(await closed, [null]);
    assertEquals((await called((callback) => port.close(callback)))?.message, "Port is not open");
    assertEquals((await called((callback) => port.set({}, callback)))?.message, "Port is not open");
  });

  it("new SerialPort() emits its first event after an await", async ({ binding, line }) => {
    for (const [path, event] of [[line.near, "open"], ["/dev/COMBAD", "error"]] as const) {
      const port = await Promise.resolve(new SerialPort({ binding, path, baudRate: 9600 }));
      await new Promise((resolve) => port.once(event, resolve));
      if (port.isOpen) await closeAll(port);
    }
  });

  it("open() opens a port that was just closed", async (bench) => {
    const port = await openStream(bench, bench.line.near);
    const closed = called((callback) => port.close(callback));
    assertEquals([await closed, await called((callback) => port.open(callback))], [null, null]);
    await closeAll(port);
  });

  it("write() queues data until the port is open", async (bench) => {
    const far = await openStream(bench, bench.line.far);
    const { binding, line } = bench;
    const near = new SerialPort({ binding, path: line.near, baudRate: 9600 });
    const received = collect<Buffer>(far.pipe(new ByteLengthParser({ length: 9 })), 2);
    near.write("too early");
    near.write([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assertEquals(await called((callback) => near.drain(callback)), null);
    const [text, bytes] = await received;
    assertEquals([String(text), [...bytes!]], ["too early", [1, 2, 3, 4, 5, 6, 7, 8, 9]]);
    await closeAll(near, far);
  });

  it("set() and get() call back with the driver's error, and update() and flush() succeed", async (bench) => {
    const port = await openStream(bench, bench.line.near);
    assertEquals(await called((callback) => port.update({ baudRate: 300 }, callback)), null);
    assertEquals([port.baudRate, await port.port!.getBaudRate()], [300, { baudRate: 300 }]);
    assertEquals(await called((callback) => port.flush(callback)), null);
    const message = "Error: Inappropriate ioctl for device, cannot";
    const setting = await called((callback) => port.set({ rts: true }, callback));
    assertEquals(setting?.message, `${message} set`);
    assertEquals((await called((callback) => port.get(callback)))?.message, `${message} get`);
    await closeAll(port);
  });

  it("write() after close() waits until the port is opened again", async (bench) => {
    const [near, far] = [
      await openStream(bench, bench.line.near),
      await openStream(bench, bench.line.far),
    ];
    const received = collect<Buffer>(far.pipe(new ByteLengthParser({ length: 4 })), 1);
    await closeAll(near);
    const written = called((callback) => near.write("late", (error) => callback(error ?? null)));
    assertEquals(near.writableLength, 4);
    assertEquals(await called((callback) => near.open(callback)), null);
    assertEquals([await written, String((await received)[0])], [null, "late"]);
    await closeAll(near, far);
  });

  it("for await yields single lines from a parser in object mode", async (bench) => {
    const [near, far] = [
      await openStream(bench, bench.line.near),
      await openStream(bench, bench.line.far),
    ];
    const lines = near.pipe(new ReadlineParser({ readableObjectMode: true }));
    far.write("PONG\nreply to PING\n\nlast\n");
    const received: string[] = [];
    for await (const line of lines) {
      received.push(line);
      if (line === "last") break;
    }
    assertEquals(received, ["PONG", "reply to PING", "", "last"]);
    await closeAll(near, far);
  });

  it("close() fails pending writes", async (bench) => {
    const port = await openStream(bench, bench.line.near);
    port.on("error", () => {});
    const writing = called((callback) => port.write(Buffer.alloc(1_000_000), (e) => callback(e!)));
    await closeAll(port);
    assertEquals((await writing)?.message, "Canceled");
  });

  it("close() emits close after the errors of pending writes", async (bench) => {
    const port = await openStream(bench, bench.line.near);
    assertEquals(await endDuringWrite(port, () => port.close()), nativeEvents);
  });

  it("events of received data run in the context that created the port", async (bench) => {
    const context = new AsyncLocalStorage<string>();
    const far = await openStream(bench, bench.line.far);
    const near = await context.run("creator", () => openStream(bench, bench.line.near));
    const contexts: unknown[] = [];
    // Whoever reads first begins the pending read.
    near.read();
    context.run("reader", () => near.read());
    for (let n = 0; n < 3; n++) {
      const received = once(near, "readable");
      near.once("readable", () => contexts.push(context.getStore()));
      far.write("x");
      await received;
      context.run("reader", () => near.read());
    }
    assertEquals(contexts, ["creator", "creator", "creator"]);
    await closeAll(near, far);
  });

  it("callbacks run in the context of their own call", async (bench) => {
    const context = new AsyncLocalStorage<number>();
    const { binding, line } = bench;
    const near = new SerialPort({ binding, path: line.near, baudRate: 9600, autoOpen: false });
    const contexts: unknown[] = [];
    const calls = Array.from({ length: 3 }, (_, n) =>
      new Promise<void>((resolve) => {
        const callback = () => {
          contexts.push(context.getStore());
          resolve();
        };
        context.run(n, () => n < 2 ? near.write("x", callback) : near.drain(callback));
      }));
    context.run(7, () => near.open());
    await Promise.all(calls);
    assertEquals(contexts.sort(), [0, 1, 2]);
    await closeAll(near);
  });

  it("close() emits end if endOnClose is true", async (bench) => {
    const port = await openStream(bench, bench.line.near, { endOnClose: true });
    const ended = once(port, "end");
    await closeAll(port);
    await ended;
  });

  it("pipe() feeds ReadyParser and ByteLengthParser", async (bench) => {
    const [near, far] = [
      await openStream(bench, bench.line.near),
      await openStream(bench, bench.line.far),
    ];
    const ready = near.pipe(new ReadyParser({ delimiter: "READY" }));
    const chunks = collect<Buffer>(ready.pipe(new ByteLengthParser({ length: 3 })), 3);
    const isReady = once(ready, "ready");
    far.write("booting, REA");
    far.write("DYabc");
    far.write("defghi");
    await isReady;
    assertEquals((await chunks).map(String), ["abc", "def", "ghi"]);
    await closeAll(near, far);
  });

  it("write() sends 20,000 lines in each direction at once, in order", async (bench) => {
    const ports = [
      await openStream(bench, bench.line.near),
      await openStream(bench, bench.line.far),
    ];
    const count = 20_000;
    const expected = Array.from({ length: count }, (_, n) => `line ${n} ${"x".repeat(n % 40)}`);
    const received = ports.map((port) => collect<string>(port.pipe(new ReadlineParser()), count));
    await Promise.all(ports.map((port) => send(port, expected)));
    for (const lines of await Promise.all(received)) assertEquals(lines, expected);
    await closeAll(...ports);
  });
});

/** Writes each line separately, and observes backpressure. */
async function send(port: serialport.SerialPort, lines: readonly string[]): Promise<void> {
  for (const line of lines) if (!port.write(`${line}\n`)) await once(port, "drain");
}

describeForDrivers("SerialPort, 50 at once", (it) => {
  it("close() leaves nothing open after 50 ports have been used at once", async ({ manager }) => {
    using fds = new Fds();
    const ptys = Array.from({ length: 50 }, () => openpty());
    const ports = await Promise.all(ptys.map(async ({ controller, terminal, name }) => {
      fds.own(terminal);
      const device = new FdStream(controller, { manager });
      const port = new SerialPort({
        binding: createBinding(manager),
        path: name,
        baudRate: 115_200,
      });
      await once(port, "open");
      return { device, port, terminal };
    }));
    await Promise.all(ports.map(async ({ device, port }, index) => {
      const lines = collect<string>(port.pipe(new ReadlineParser()), 20);
      for (let n = 0; n < 20; n++) {
        port.write(`${index} asks ${n}\n`);
        const buffer = new Uint8Array(64);
        const count = await device.read(buffer);
        await device.writeAll(buffer.subarray(0, count!));
      }
      assertEquals(await lines, Array.from({ length: 20 }, (_, n) => `${index} asks ${n}`));
    }));
    await closeAll(...ports.map(({ port }) => port));
    for (const { device, terminal } of ports) {
      assertEquals(countFdsOf(terminal), 1);
      device.close();
    }
  });
});
