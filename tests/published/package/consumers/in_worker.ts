/** Starts a Worker that uses the package, and prints its message. */

// The name differs in a bundle.
const name = import.meta.url.endsWith(".js") ? "./worker.js" : "./worker.ts";
const worker = new Worker(new URL(name, import.meta.url).href, { type: "module" });
worker.onmessage = ({ data }) => {
  if (data === "done") worker.terminate();
  else console.log(data);
};
worker.onerror = ({ message }) => {
  throw new Error(message);
};
