/** Ports that are closed at the end of a test. */

import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import type { EpollIOManager } from "@fdready/fdready";
import { type Driver, drivers } from "../../../../tests/support/drivers.ts";
import { Fixture } from "../../../../tests/support/fixture.ts";
import { describe, it } from "@std/testing/bdd";
import type { LinuxBindingInterface, LinuxOpenOptions, LinuxPortBinding } from "../../mod.ts";
import { createBinding } from "../../src/binding.ts";
import { type Line, lines } from "./lines.ts";

/** A line, and the binding that opens its ends. */
export class Bench implements AsyncDisposable {
  readonly manager: EpollIOManager;
  readonly line: Line;
  readonly binding: LinuxBindingInterface;
  readonly #ports: LinuxPortBinding[] = [];

  constructor(manager: EpollIOManager, line: Line) {
    this.manager = manager;
    this.line = line;
    this.binding = createBinding(manager);
  }

  /** Opens an end. */
  async open(path: string, options: Partial<LinuxOpenOptions> = {}): Promise<LinuxPortBinding> {
    const port = await this.binding.open({ path, baudRate: 115_200, ...options });
    this.#ports.push(port);
    return port;
  }

  /** Opens both ends. */
  async openBoth(): Promise<[near: LinuxPortBinding, far: LinuxPortBinding]> {
    return [await this.open(this.line.near), await this.open(this.line.far)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const port of this.#ports) if (port.isOpen) await port.close();
    await this.line[Symbol.asyncDispose]();
  }
}

/** Registers a test with its own line. */
export type BenchIt = (name: string, body: (bench: Bench) => void | Promise<void>) => void;

/** Registers the suite `name` for each driver and each kind of line. */
export function describeForLines(
  name: string,
  body: (it: BenchIt, driver: Driver) => void,
  kinds: readonly string[] = Object.keys(lines),
): void {
  for (const driver of drivers) {
    for (const kind of kinds) {
      describe(`${name}, on ${kind} [${driver}]`, () =>
        body((name, test) => {
          it(name, async () => {
            await using fixture = new Fixture({ driver });
            const { manager } = fixture;
            await using bench = new Bench(manager, await lines[kind]!(manager));
            await test(bench);
          });
        }, driver));
    }
  }
}

/** Reads exactly `length` bytes. */
export async function readAll(port: LinuxPortBinding, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let count = 0; count < length;) {
    const { buffer: same, bytesRead } = await port.read(buffer, count, length - count);
    assertEquals(same === buffer, true);
    count += bytesRead;
  }
  return buffer;
}

/** Bytes that differ from their neighbors, and from the bytes one buffer further. */
export function pattern(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 0xff));
}
