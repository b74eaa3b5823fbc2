/**
 * Opens a serial port with the class and with the binding, and transfers bytes in both directions.
 */

import { Buffer } from "node:buffer";
import { once } from "node:events";
import process from "node:process";
import {
  autoDetect,
  binding,
  DelimiterParser,
  ReadlineParser,
  SerialPort,
} from "@fdready/serialport";
import type { LinuxPortBinding, PortInfo, SerialPortOpenOptions } from "@fdready/serialport";
import { openpty, read, write } from "@fdready/fdready/os";
import { waitReadable } from "@fdready/fdready";

if (process.argv.includes("list")) {
  const ports: PortInfo[] = await SerialPort.list();
  console.log("list:", Array.isArray(ports) ? "ok" : ports);
}

const { controller, terminal, name } = openpty();
const options: SerialPortOpenOptions = { path: name, baudRate: 115_200 };
const port = new SerialPort(options);
await once(port, "open");
const line = once(port.pipe(new ReadlineParser()), "data");
write(controller, Buffer.from("hello\n"));
console.log("received:", (await line)[0]);
port.write("good day");
await new Promise((resolve) => port.drain(resolve));
await waitReadable(controller);
const buffer = Buffer.alloc(64);
console.log("sent:", buffer.toString("utf8", 0, read(controller, buffer)));
await new Promise((resolve) => port.close(resolve));

const bound: LinuxPortBinding = await autoDetect().open({ path: name, baudRate: 9600 });
console.log("speed:", (await bound.getBaudRate()).baudRate);
await bound.close();
const refused = await binding.open({ path: "/dev/nothing", baudRate: 1 }).catch((error) => error);
console.log("refused:", refused.message);
console.log("parsers:", new DelimiterParser({ delimiter: "," }) instanceof ReadlineParser);
void terminal;
