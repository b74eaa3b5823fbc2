/**
 * Clients of an echo server, all connected at the same time. Each sends different bytes and reads
 * them back. The arguments are the port, the number of clients, and the number of bytes of each.
 */

import { connect, type Socket } from "node:net";
import process from "node:process";

const [port = 0, clients = 0, length = 0] = process.argv.slice(2).map(Number);

/** The byte at `index` of client `id`. It depends on both. */
function byteAt(id: number, index: number): number {
  return (id * 31 + index * 7 + (index >> 8)) & 0xff;
}

/** A client that has received its first byte, so the server has accepted it. */
class Client {
  readonly accepted: Promise<void>;
  /** The number of bytes received before the end. Rejects at the first wrong byte. */
  readonly ended: Promise<number>;
  readonly #socket: Socket;
  readonly #bytes: Uint8Array;

  constructor(id: number) {
    this.#bytes = Uint8Array.from({ length }, (_, index) => byteAt(id, index));
    const socket = this.#socket = connect(port, "127.0.0.1");
    let received = 0;
    const accepted = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<number>();
    socket.on("connect", () => socket.write(this.#bytes.subarray(0, 1)));
    socket.on("data", (data: Uint8Array) => {
      accepted.resolve();
      for (const byte of data) {
        if (byte === byteAt(id, received)) received++;
        else socket.destroy(new Error(`client ${id} got a wrong byte at ${received}`));
      }
    });
    socket.on("error", (error) => {
      accepted.reject(error);
      ended.reject(error);
    });
    socket.on("end", () => ended.resolve(received));
    this.accepted = accepted.promise;
    this.ended = ended.promise;
  }

  /** Sends the remaining bytes, and ends. */
  finish(): void {
    this.#socket.end(this.#bytes.subarray(1));
  }
}

const all = Array.from({ length: clients }, (_, id) => new Client(id));
await Promise.all(all.map((client) => client.accepted));
for (const client of all) client.finish();
const counts = await Promise.all(all.map((client) => client.ended));
const bytes = counts.reduce((sum, count) => sum + count, 0);
console.log(`${counts.length} clients got ${bytes} bytes back`);
