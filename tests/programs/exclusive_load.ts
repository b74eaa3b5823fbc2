/**
 * Makes connections to a local port, several at a time, and expects one byte on each. Prints how
 * many received it.
 */

import { connect } from "node:net";
import process from "node:process";

const [port, total, concurrency] = process.argv.slice(2).map(Number) as [number, number, number];
let left = total;
let answered = 0;

function one(): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    const socket = connect(port, "127.0.0.1");
    socket.on("data", (data) => bytes += data.length);
    socket.on("error", reject);
    socket.on("close", () => resolve(bytes));
  });
}

async function several(): Promise<void> {
  while (left-- > 0) {
    const bytes = await one();
    answered += bytes;
  }
}

await Promise.all(Array.from({ length: concurrency }, several));
console.log(`${answered} of ${total} answered`);
