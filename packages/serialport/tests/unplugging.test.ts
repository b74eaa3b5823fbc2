/** Unplugged devices. */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { openpty, write } from "@fdready/fdready/os";
import { describeForDrivers } from "../../../tests/support/drivers.ts";
import { countFdsOf, Fds } from "../../../tests/support/fds.ts";
import { assertPending, rejection } from "../../../tests/support/waits.ts";
import { DisconnectedError, SerialPortStream } from "@serialport/stream";
import { BindingsError, PortError, ReadlineParser, SerialPort } from "../mod.ts";
import { createBinding } from "../src/binding.ts";
import { endDuringWrite, nativeEvents } from "./support/events.ts";

/** A device whose unplugging hangs up the line. */
class Device implements Disposable {
  readonly path: string;
  /** The test's own descriptor. */
  readonly terminal: number;
  readonly #fds = new Fds();
  readonly #controller: number;

  constructor() {
    const { controller, terminal, name } = openpty();
    this.path = name;
    this.#controller = this.#fds.own(controller);
    this.terminal = this.#fds.own(terminal);
  }

  send(text: string): void {
    write(this.#controller, Buffer.from(text));
  }

  unplug(): void {
    this.#fds.close(this.#controller);
  }

  [Symbol.dispose](): void {
    this.#fds[Symbol.dispose]();
  }
}

describeForDrivers("an unplugged device", (it) => {
  it("read() rejects with a disconnect error, while pending and afterwards", async ({ manager }) => {
    using device = new Device();
    const port = await createBinding(manager).open({ path: device.path, baudRate: 9600 });
    const reading = rejection(port.read(Buffer.alloc(9), 0, 9), PortError);
    await assertPending(manager, reading);
    device.unplug();
    for (
      const error of [await reading, await rejection(port.read(Buffer.alloc(9), 0, 9), PortError)]
    ) {
      const message = `EIO: Input/output error, read ${device.path}`;
      assertEquals([error.message, error.code, error.syscall], [message, "EIO", "read"]);
      assertEquals(error.disconnect, true);
    }
    assertEquals(port.isOpen, true);
    await port.close();
  });

  it("all methods reject with the native binding's messages", async ({ manager }) => {
    using device = new Device();
    const port = await createBinding(manager).open({ path: device.path, baudRate: 9600 });
    device.unplug();
    const error = await rejection(port.write(Buffer.from("x")), PortError);
    assertEquals(error.message, `EIO: Input/output error, write ${device.path}`);
    assertEquals(error.disconnect, true);
    for (
      const [operation, message] of [
        [() => port.set({ rts: true }), "Error: Input/output error, cannot set"],
        [() => port.get(), "Error: Input/output error, cannot get"],
        [() => port.flush(), "Error: Input/output error, cannot flush"],
        [() => port.getBaudRate(), "Error: Input/output error, cannot get baud rate"],
        [
          () => port.update({ baudRate: 300 }),
          "Error: Input/output error setting custom baud rate of 300",
        ],
      ] as const
    ) {
      assertEquals((await rejection(operation(), PortError)).message, message);
    }
    await rejection(port.drain(), PortError);
    await port.close();
  });

  it("SerialPort emits close with a DisconnectedError, even in mid-line", async ({ manager }) => {
    using device = new Device();
    const binding = createBinding(manager);
    const port = new SerialPort({ binding, path: device.path, baudRate: 9600 });
    const lines: string[] = [];
    port.pipe(new ReadlineParser()).on("data", (line) => lines.push(line));
    const closed = once(port, "close");
    await once(port, "open");
    const ended = once(port, "data");
    device.send("one\ntw");
    await ended;
    device.unplug();
    const [error] = await closed;
    assertInstanceOf(error, DisconnectedError);
    assertEquals(error.disconnected, true);
    assertEquals(error.message, `EIO: Input/output error, read ${device.path}`);
    assertEquals([lines, port.isOpen], [["one"], false]);
    assertEquals(countFdsOf(device.terminal), 1);
    const setting = new Promise<Error | null>((resolve) => port.set({ rts: true }, resolve));
    assertEquals((await setting)?.message, "Port is not open");
  });

  it("SerialPort emits close after the errors of pending writes", async ({ manager }) => {
    for (const isRead of [false, true]) {
      using device = new Device();
      const port = new SerialPort({
        binding: createBinding(manager),
        path: device.path,
        baudRate: 9600,
      });
      await once(port, "open");
      if (isRead) port.resume();
      assertEquals(await endDuringWrite(port, () => device.unplug()), nativeEvents);
    }
  });

  it("SerialPort.open() reopens a device that is plugged in again", async ({ manager }) => {
    const settings = { binding: createBinding(manager), baudRate: 9600, autoOpen: false };
    using first = new Device();
    const port = new SerialPortStream({ ...settings, path: first.path });
    const open = () =>
      new Promise<void>((resolve, reject) =>
        port.open((error) => error ? reject(error) : resolve())
      );
    const received: string[] = [];
    port.on("data", (data) => received.push(String(data)));
    await open();
    first.unplug();
    await once(port, "close");
    using second = new Device();
    port.settings.path = second.path;
    await open();
    const data = once(port, "data");
    second.send("again");
    await data;
    assertEquals(received.join(""), "again");
    await new Promise((resolve) => port.close(resolve));
  });

  it("an open port doesn't spin after the disconnect", async ({ manager }) => {
    using device = new Device();
    const port = await createBinding(manager).open({ path: device.path, baudRate: 9600 });
    const reading = rejection(port.read(Buffer.alloc(9), 0, 9), PortError);
    device.unplug();
    await reading;
    const { epollWaitCalls } = manager.statistics();
    await assertPending(manager, new Promise(() => {}));
    // The check itself needs some.
    assert(manager.statistics().epollWaitCalls - epollWaitCalls < 100);
    await port.close();
  });

  it("close() rejects a read that the disconnect has ended", async ({ manager }) => {
    using device = new Device();
    const port = await createBinding(manager).open({ path: device.path, baudRate: 9600 });
    const reading = rejection(port.read(Buffer.alloc(9), 0, 9), Error);
    device.unplug();
    await port.close();
    const error = await reading;
    assert(error instanceof BindingsError ? error.canceled : error instanceof PortError);
  });
});
