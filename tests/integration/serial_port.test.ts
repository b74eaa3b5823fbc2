/** A serial port: a pseudo-terminal with a device in another process at its other end. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { ChildProcess } from "node:child_process";
import { SystemError } from "../../mod.ts";
import { openSerialPort, readLines } from "../../examples/serial_port.ts";
import { countFds } from "../support/fds.ts";
import { matching, type Outcome, outcome, printed, start } from "../support/programs.ts";
import { TurnCounter } from "../support/event_loop.ts";

/** The device and the path of its line. Disposing of it ends the device and hangs up the line. */
class Device implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Outcome>;
  readonly path: string;

  private constructor(child: ChildProcess, path: string) {
    this.#child = child;
    this.#ended = outcome(child);
    this.path = path;
  }

  static async start(): Promise<Device> {
    const child = start("serial_device");
    const [, path] = await matching(child, /ready at (.*);/);
    return new Device(child, path!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

/** Reads `count` lines. */
async function take(lines: AsyncGenerator<string>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) taken.push((await lines.next()).value);
  return taken;
}

const encode = (text: string) => new TextEncoder().encode(text);

describe("openSerialPort()", () => {
  it("exchanges 1,000 lines with the device in order, and the event loop isn't blocked", async () => {
    await using device = await Device.start();
    using port = openSerialPort(device.path, 115_200);
    using turns = new TurnCounter();
    const send = async () => {
      await port.writeAll(encode("ID\r\n"));
      for (let n = 0; n < 998; n++) await port.writeAll(encode(`HEX ${n}\n`));
      await port.writeAll(encode("NONSENSE\n"));
    };
    const [lines] = await Promise.all([take(readLines(port), 1000), send()]);
    const numbers = Array.from({ length: 998 }, (_, n) => encode(String(n)).toHex());
    assertEquals(lines, ["ACME 1", ...numbers, "ERROR"]);
    assert(turns.count > 0, "the event loop was blocked");
  });

  it("passes on every byte unchanged, and sets the speed", async () => {
    await using device = await Device.start();
    for (const baud of [9600, 115_200, 12_345]) {
      using port = openSerialPort(device.path, baud);
      // All bytes except the one that ends a line.
      const bytes = Uint8Array.from({ length: 256 }, (_, n) => n).filter((byte) => byte !== 10);
      await port.writeAll(new Uint8Array([...encode("HEX "), ...bytes, ...encode("\nSPEED\n")]));
      const [hex, speed] = await take(readLines(port), 2);
      assertEquals(hex, bytes.toHex());
      assertEquals(speed, String(baud));
    }
  });

  it("buffers data that comes faster than it is read", async () => {
    await using device = await Device.start();
    using port = openSerialPort(device.path, 115_200);
    await port.writeAll(encode("COUNT 20000\n"));
    const lines = await take(readLines(port), 20_000);
    assertEquals(lines, Array.from({ length: 20_000 }, (_, n) => `line ${n}`));
  });

  it("ends its stream when the line hangs up", async () => {
    await using device = await Device.start();
    using port = openSerialPort(device.path, 115_200);
    const lines = readLines(port);
    await port.writeAll(encode("ID\n"));
    assertEquals(await take(lines, 1), ["ACME 1"]);
    const next = lines.next();
    await device[Symbol.asyncDispose]();
    assertEquals((await next).done, true);
  });

  it("the program prints data, with only --allow-ffi, and ends with the line", async () => {
    await using device = await Device.start();
    const args = [device.path, "115200", "ID", "COUNT 2"];
    const child = start("../../examples/serial_port", { args, permissions: ["--allow-ffi"] });
    const ended = outcome(child);
    await printed(child, "line 1");
    await device[Symbol.asyncDispose]();
    const output = "ACME 1\nline 0\nline 1\n";
    assertEquals(await ended, { code: 0, signal: null, output });
  });

  it("throws for other files and impossible speeds, and leaves nothing open", async () => {
    await using device = await Device.start();
    {
      using _port = openSerialPort(device.path, 9600); // opens what is opened once
    }
    const before = countFds();
    assertThrows(() => openSerialPort("/dev/null", 9600), SystemError, "ENOTTY");
    assertThrows(() => openSerialPort("/nonexistent", 9600), Error, "ENOENT");
    assertThrows(() => openSerialPort(device.path, 2 ** 32), RangeError, "4294967296");
    assertEquals(countFds(), before);
  });
});
