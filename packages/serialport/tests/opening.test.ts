/** Opens and closes ports, also with bad arguments. */

import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { realpathSync } from "node:fs";
import { flock, LOCK_EX, LOCK_NB, O_NOCTTY, O_RDWR, open } from "@fdready/fdready/os";
import { countFdsTo, Fds } from "../../../tests/support/fds.ts";
import { flagsOf } from "../../../tests/support/flags.ts";
import { rejection } from "../../../tests/support/waits.ts";
import { autoDetect, binding, type LinuxPortBinding, PortError } from "../mod.ts";
import { describeForLines } from "./support/ports.ts";
import { describe, it } from "@std/testing/bdd";

const hostile = [undefined, null, 0, NaN, -1, 1.5, 2 ** 32, "", "fast", {}, [], true, Symbol("x")];

// deno-lint-ignore no-explicit-any -- arguments of untyped callers
type Anything = any;

describe("autoDetect", () => {
  it("autoDetect() returns the binding", () => assertEquals(autoDetect(), binding));
});

describeForLines("binding.open()", (it) => {
  it("open() opens a nonblocking, close-on-exec descriptor", async (bench) => {
    const port = await bench.open(bench.line.near);
    assertEquals(port.isOpen, true);
    // O_NONBLOCK and O_CLOEXEC
    assertEquals(flagsOf(port.fd!) & 0o2004002, 0o2004002);
    await port.close();
    assertEquals([port.isOpen, port.fd], [false, null]);
    assertEquals((await rejection(port.close(), Error)).message, "Port is not open");
  });

  it("openOptions contains the given options and the defaults", async (bench) => {
    const path = bench.line.near;
    const port = await bench.open(path, { parity: undefined, stopBits: 2 });
    const { openOptions } = port;
    assertEquals(openOptions, {
      path,
      baudRate: 115_200,
      vmin: 1,
      vtime: 0,
      dataBits: 8,
      lock: true,
      stopBits: 2,
      parity: "none",
      rtscts: false,
      xon: false,
      xoff: false,
      xany: false,
      hupcl: true,
    });
  });

  it("open() uses the options as they were at the call", async ({ binding, line }) => {
    const options = { path: line.near, baudRate: 9600 };
    const opening = binding.open(options);
    Object.assign(options, { path: "/dev/COMBAD", baudRate: 300 });
    const port = await opening;
    assertEquals(port.openOptions.path, line.near);
    assertEquals(await port.getBaudRate(), { baudRate: 9600 });
    await port.close();
  });

  it("open() locks the port unless lock is false", async (bench) => {
    using fds = new Fds();
    const { line } = bench;
    const port = await bench.open(line.near);
    const error = await rejection(bench.open(line.near), PortError);
    assertStringIncludes(error.message, "Error Resource temporarily unavailable Cannot lock port");
    assertStringIncludes(error.message, `${line.near}: another program has locked it`);
    assertEquals([error.code, error.syscall], ["EAGAIN", "flock"]);
    const other = fds.own(open(line.near, O_RDWR | O_NOCTTY));
    assertEquals(flock(other, LOCK_EX | LOCK_NB), false);
    await port.close();
    assertEquals(flock(other, LOCK_EX | LOCK_NB), true);
    const unlocked = [
      await bench.open(line.near, { lock: false }),
      await bench.open(line.near, { lock: false }),
    ];
    await Promise.all(unlocked.map((port) => port.close()));
  });

  it("open() doesn't change the settings of a locked port", async (bench) => {
    const port = await bench.open(bench.line.near, { baudRate: 9600 });
    await rejection(bench.open(bench.line.near, { baudRate: 300 }), PortError);
    assertEquals(await port.getBaudRate(), { baudRate: 9600 });
  });

  for (const baudRate of [50, 9600, 25_000, 250_000, 1_000_000, 12_345_678]) {
    it(`open() accepts any speed, such as ${baudRate}`, async (bench) => {
      const port = await bench.open(bench.line.near, { baudRate });
      assertEquals(await port.getBaudRate(), { baudRate });
    });
  }

  it("update() changes the speed", async (bench) => {
    const port = await bench.open(bench.line.near);
    await port.update({ baudRate: 57_600 });
    assertEquals(await port.getBaudRate(), { baudRate: 57_600 });
    for (const options of [...hostile, ...hostile.map((baudRate) => ({ baudRate }))]) {
      await rejection(port.update(options as Anything), TypeError);
    }
    for (const baudRate of [0, -1, 1.5, NaN, 2 ** 32]) {
      const { message } = await rejection(port.update({ baudRate }), TypeError);
      assertEquals(
        message,
        `"options.baudRate" must be an integer from 1 to 4294967295, got ${baudRate}`,
      );
    }
    assertEquals(await port.getBaudRate(), { baudRate: 57_600 });
  });

  it("open() rejects wrong options with the native binding's messages, and leaves nothing open", async (bench) => {
    const { line } = bench;
    const port = await bench.open(line.near);
    await port.close();
    const device = realpathSync(line.near);
    const before = countFdsTo(device);
    const refused = async (options: unknown, message: string) => {
      const error = await rejection(bench.binding.open(options as Anything), TypeError);
      assertStringIncludes(error.message, message);
    };
    for (const options of [undefined, null, 1, "text", [], true]) {
      await refused(options, '"options" is not an object');
    }
    const good = { path: line.near, baudRate: 9600 };
    for (const value of hostile.filter((value) => value !== "fast")) {
      await refused({ ...good, path: value }, '"path" is not a valid port');
    }
    for (const value of hostile) {
      await refused({ ...good, baudRate: value }, '"baudRate" is not a valid baudRate');
      if (value === undefined) continue;
      await refused({ ...good, dataBits: value }, "Invalid data bits setting");
      await refused({ ...good, stopBits: value }, "Invalid stop bits setting");
      await refused({ ...good, parity: value }, "Invalid parity setting");
      if (value === 0) continue;
      await refused({ ...good, vmin: value }, "Invalid vmin setting");
      await refused({ ...good, vtime: value }, "Invalid vtime setting");
    }
    await refused({ ...good, parity: "toString" }, "Invalid parity setting 'toString'");
    await refused(
      { ...good, dataBits: "8" },
      "Invalid data bits setting '8': expected one of 5, 6",
    );
    await refused({ ...good, vmin: 256 }, "expected an integer from 0 to 255, got 256");
    await refused({ ...good, baudRate: 0 }, "expected an integer from 1 to 4294967295, got 0");
    await refused({ ...good, stopBits: 1.5 }, "Invalid stop bits setting 1.5");
    await refused({ ...good, path: `${line.near}\0` }, "NUL");
    assertEquals(countFdsTo(device), before);
  });

  it("open() rejects with the path and the system call", async (bench) => {
    for (
      const [path, code, message] of [
        ["/dev/COMBAD", "ENOENT", "Error: No such file or directory, cannot open /dev/COMBAD"],
        ["/dev/null", "ENOTTY", "Error: Inappropriate ioctl for device, cannot open /dev/null"],
        ["/proc", "EISDIR", "Error: Is a directory, cannot open /proc"],
        // Even root isn't allowed to write it.
        [
          "/proc/sys/kernel/osrelease",
          "EACCES",
          "Error: Permission denied, cannot open /proc/sys/kernel/osrelease. " +
          "Your user must be in the group that owns the device, which is often dialout",
        ],
      ] as const
    ) {
      const before = countFdsTo(path);
      const error = await rejection(bench.open(path), PortError);
      assertEquals(countFdsTo(path), before);
      assertEquals([error.message, error.code, error.path], [message, code, path]);
      assert(error.errno < 0);
      assertInstanceOf(error.cause, Error);
    }
  });

  it("all methods reject after close()", async (bench) => {
    const port = await bench.open(bench.line.near);
    await port.close();
    const calls: ((port: LinuxPortBinding) => Promise<unknown>)[] = [
      (port) => port.close(),
      (port) => port.read(Buffer.alloc(1), 0, 1),
      (port) => port.write(Buffer.alloc(1)),
      (port) => port.update({ baudRate: 9600 }),
      (port) => port.set({}),
      (port) => port.get(),
      (port) => port.getBaudRate(),
      (port) => port.flush(),
      (port) => port.drain(),
    ];
    for (const call of calls) {
      assertEquals((await rejection(call(port), Error)).message, "Port is not open");
    }
  });
});
