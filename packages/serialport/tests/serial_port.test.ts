/** The class that programs use, and the parsers, on lines that are busy in both directions. */

import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { describe, it } from "@std/testing/bdd";
import { FdStream } from "@fdready/fdready";
import { openpty } from "@fdready/fdready/os";
import { SerialPortStream } from "@serialport/stream";
import { describeForDrivers } from "../../../tests/support/drivers.ts";
import { countFdsOf, Fds } from "../../../tests/support/fds.ts";
import * as serialport from "../mod.ts";
import { bindingBy } from "../src/binding.ts";
import { type Bench, describeForLines } from "./support/ports.ts";

const { SerialPort, ReadlineParser, ReadyParser, ByteLengthParser } = serialport;

// deno-lint-ignore no-explicit-any -- what callers pass who have no types
type Anything = any;

/** How a call ends that takes a callback. */
function called(call: (callback: (error: Error | null) => void) => void): Promise<Error | null> {
  return new Promise((resolve) => call(resolve));
}

/** Opens a port by the bench's binding. */
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

/** Takes `count` of what `emitter` emits as data. */
async function take<T>(emitter: NodeJS.ReadableStream, count: number): Promise<T[]> {
  const taken: T[] = [];
  await new Promise<void>((resolve) => {
    emitter.on("data", (data: Anything) => {
      taken.push(data);
      if (taken.length === count) resolve();
    });
  });
  return taken;
}

describe("SerialPort", () => {
  it("has what npm's serialport has", () => {
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

  it("refuses missing options, a missing path, and a speed that is no number", () => {
    const make = (options: Anything) => new SerialPort(options);
    assertThrows(() => make(undefined), TypeError, '"path" is not defined');
    assertThrows(() => make({ baudRate: 9600 }), TypeError, '"path" is not defined');
    assertThrows(() => make({ path: "/dev/x" }), TypeError, '"baudRate" must be a number');
    assertThrows(() => make({ path: "/dev/x", baudRate: "1" }), TypeError, '"baudRate" must be');
  });

  it("tells the callback, or emits an error, if it can't be opened", async () => {
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

describeForLines("a SerialPort", (it) => {
  it("opens, tells so, and closes once", async (bench) => {
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

  it("tells a caller who gets it by an await", async ({ binding, line }) => {
    for (const [path, event] of [[line.near, "open"], ["/dev/COMBAD", "error"]] as const) {
      const port = await Promise.resolve(new SerialPort({ binding, path, baudRate: 9600 }));
      const heard = new Promise((resolve) => port.once(event, resolve));
      await heard;
      if (port.isOpen) await closeAll(port);
    }
  });

  it("opens again right after it was closed", async (bench) => {
    const port = await openStream(bench, bench.line.near);
    const closed = called((callback) => port.close(callback));
    assertEquals([await closed, await called((callback) => port.open(callback))], [null, null]);
    await closeAll(port);
  });

  it("writes what was given before it was open, and drains it", async (bench) => {
    const far = await openStream(bench, bench.line.far);
    const { binding, line } = bench;
    const near = new SerialPort({ binding, path: line.near, baudRate: 9600 });
    const received = take<Buffer>(far.pipe(new ByteLengthParser({ length: 9 })), 2);
    near.write("too early");
    near.write([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assertEquals(await called((callback) => near.drain(callback)), null);
    const [text, bytes] = await received;
    assertEquals([String(text), [...bytes!]], ["too early", [1, 2, 3, 4, 5, 6, 7, 8, 9]]);
    await closeAll(near, far);
  });

  it("changes its speed, flushes, and reports what the driver refuses", async (bench) => {
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

  it("keeps a write after closing until it is opened again, as npm's does", async (bench) => {
    const [near, far] = [
      await openStream(bench, bench.line.near),
      await openStream(bench, bench.line.far),
    ];
    const received = take<Buffer>(far.pipe(new ByteLengthParser({ length: 4 })), 1);
    await closeAll(near);
    const written = called((callback) => near.write("late", (error) => callback(error ?? null)));
    assertEquals(near.writableLength, 4);
    assertEquals(await called((callback) => near.open(callback)), null);
    assertEquals([await written, String((await received)[0])], [null, "late"]);
    await closeAll(near, far);
  });

  it("gives lines one by one to for await, if its parser is in object mode", async (bench) => {
    const [near, far] = [
      await openStream(bench, bench.line.near),
      await openStream(bench, bench.line.far),
    ];
    const lines = near.pipe(new ReadlineParser({ readableObjectMode: true }));
    far.write("PONG\nreply to PING\n\nlast\n");
    const taken: string[] = [];
    for await (const line of lines) {
      taken.push(line);
      if (line === "last") break;
    }
    assertEquals(taken, ["PONG", "reply to PING", "", "last"]);
    await closeAll(near, far);
  });

  it("ends writes with an error when it is closed", async (bench) => {
    const port = await openStream(bench, bench.line.near);
    port.on("error", () => {});
    const writing = called((callback) => port.write(Buffer.alloc(1_000_000), (e) => callback(e!)));
    await closeAll(port);
    assertEquals((await writing)?.message, "Canceled");
  });

  it("emits end when it is closed, if told to", async (bench) => {
    const port = await openStream(bench, bench.line.near, { endOnClose: true });
    const ended = once(port, "end");
    await closeAll(port);
    await ended;
  });

  it("passes through ReadyParser and ByteLengthParser", async (bench) => {
    const [near, far] = [
      await openStream(bench, bench.line.near),
      await openStream(bench, bench.line.far),
    ];
    const ready = near.pipe(new ReadyParser({ delimiter: "READY" }));
    const chunks = take<Buffer>(ready.pipe(new ByteLengthParser({ length: 3 })), 3);
    const isReady = once(ready, "ready");
    far.write("booting, REA");
    far.write("DYabc");
    far.write("defghi");
    await isReady;
    assertEquals((await chunks).map(String), ["abc", "def", "ghi"]);
    await closeAll(near, far);
  });

  it("passes on 20,000 lines each way at once, in order", async (bench) => {
    const ports = [
      await openStream(bench, bench.line.near),
      await openStream(bench, bench.line.far),
    ];
    const count = 20_000;
    const expected = Array.from({ length: count }, (_, n) => `line ${n} ${"x".repeat(n % 40)}`);
    const received = ports.map((port) => take<string>(port.pipe(new ReadlineParser()), count));
    await Promise.all(ports.map((port) => send(port, expected)));
    for (const lines of await Promise.all(received)) assertEquals(lines, expected);
    await closeAll(...ports);
  });
});

/** Writes each line by itself, with regard to backpressure. */
async function send(port: serialport.SerialPort, lines: readonly string[]): Promise<void> {
  for (const line of lines) if (!port.write(`${line}\n`)) await once(port, "drain");
}

describeForDrivers("50 ports at once", (it) => {
  it("are all answered, and leave nothing open", async ({ manager }) => {
    using fds = new Fds();
    const ptys = Array.from({ length: 50 }, () => openpty());
    const ports = await Promise.all(ptys.map(async ({ controller, terminal, name }) => {
      fds.own(terminal);
      const device = new FdStream(controller, { manager });
      const port = new SerialPort({ binding: bindingBy(manager), path: name, baudRate: 115_200 });
      await once(port, "open");
      return { device, port, terminal };
    }));
    await Promise.all(ports.map(async ({ device, port }, index) => {
      const lines = take<string>(port.pipe(new ReadlineParser()), 20);
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
