// A Worker sends messages to this thread. The argument is the number of messages.

import process from "node:process";

const wakeups = Number(process.argv[2]);
const worker = new Worker(new URL("./wake_post_message_worker.js", import.meta.url), {
  type: "module",
});
let returns = 0;
let start;
worker.onmessage = ({ data }) => {
  if (data === "ready") {
    start = performance.now();
    worker.postMessage(wakeups);
  } else if (data === 0) {
    returns++;
  } else {
    const perWakeup = (performance.now() - start) * 1e6 / wakeups;
    console.log(JSON.stringify({ perCall: data.perCall, perWakeup, returns }));
    process.exit(0);
  }
};
