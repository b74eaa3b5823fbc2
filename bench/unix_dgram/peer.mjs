/**
 * One side of the datagram benchmark: `peer.mjs MODULE ROLE PATH COUNT`. It only uses functions of
 * npm's unix-dgram. The receiver prints the milliseconds from the first to the last datagram, and
 * each side prints its CPU time in milliseconds.
 */

import process from "node:process";

const [module, role, path, count] = process.argv.slice(2);
const { default: unixDgram } = await import(module);
const total = Number(count);
const message = new Uint8Array(64).fill(120);

function printUsage(before, elapsed = "") {
  const { user, system } = process.cpuUsage(before);
  console.log(`${elapsed} ${(user + system) / 1000}`);
}

function receive() {
  let received = 0;
  let started;
  let before;
  const server = unixDgram.createSocket("unix_dgram", () => {
    if (received++ === 0) {
      started = performance.now();
      before = process.cpuUsage();
    }
    if (received < total) return;
    printUsage(before, performance.now() - started);
    server.close();
  });
  server.bind(path);
  console.log("bound");
}

/** Sends as fast as the receiver allows. */
function send() {
  const client = unixDgram.createSocket("unix_dgram");
  const data = Buffer.from(message);
  const before = process.cpuUsage();
  let sent = 0;
  const sendMore = () => {
    let isBusy = false;
    while (sent < total && !isBusy) {
      client.send(data, (error) => {
        if (error === undefined) sent++;
        else if (error.code === 1) isBusy = true;
        else throw error;
      });
    }
    if (sent < total) return;
    printUsage(before);
    client.close();
  };
  client.on("writable", sendMore);
  client.connect(path);
  sendMore();
}

if (role === "receiver") receive();
else send();
