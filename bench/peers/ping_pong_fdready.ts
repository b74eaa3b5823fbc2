/**
 * Two tasks send one byte back and forth. The arguments are the driver and the number of round
 * trips.
 */

import process from "node:process";
import { EpollIOManager } from "@fdready/fdready";
import { read, socketpair, write } from "@fdready/fdready/os";
import { driverArgument, finish, numberArgument } from "./support.ts";

const manager = new EpollIOManager({ driver: driverArgument() });
const roundTrips = numberArgument(2);
const byte = new Uint8Array(1);

async function receive(fd: number): Promise<void> {
  do await manager.waitReadable(fd); while (read(fd, byte) === undefined);
}

async function serve(fd: number): Promise<void> {
  for (let i = 0; i < roundTrips; i++) {
    write(fd, byte);
    await receive(fd);
  }
}

async function answer(fd: number): Promise<void> {
  for (let i = 0; i < roundTrips; i++) {
    await receive(fd);
    write(fd, byte);
  }
}

const [left, right] = socketpair();
const cpuBefore = process.cpuUsage();
const start = performance.now();
await Promise.all([serve(left), answer(right)]);
const elapsed = (performance.now() - start) * 1000;
const { user, system } = process.cpuUsage(cpuBefore);
finish({ roundTrip: elapsed / roundTrips, cpu: (user + system) / roundTrips });
