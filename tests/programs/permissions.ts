/** Takes the action that the argument names, and prints the outcome. */

import process from "node:process";
import * as fdready from "../../mod.ts";
import { pipe, write } from "../../src/os/mod.ts";

const [way = "", ...args] = process.argv.slice(2);

const { Deno: deno } = globalThis as { Deno?: { readonly build: object } };

function replace(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value });
}

const ways: Record<string, () => Promise<string>> = {
  import() {
    return Promise.resolve(String(typeof fdready.waitReadable));
  },
  async wait() {
    const wait = fdready.waitReadable(0);
    return String(await wait.then(() => "resolved", (error) => error.name));
  },
  async code() {
    const wait = fdready.waitReadable(0);
    return String(await wait.then(() => "resolved", (error) => error.code));
  },
  async use() {
    if (args[0] !== undefined) fdready.useLibc(args[0]);
    const [reader, writer] = pipe();
    const wait = fdready.waitReadable(reader);
    write(writer, new Uint8Array(1));
    await wait;
    const error = await fdready.waitReadable(9999).catch((error) => error);
    using wakeup = new fdready.Wakeup();
    setTimeout(() => wakeup.wake(), 20);
    await fdready.waitReadable(wakeup);
    return `${error.code} ${fdready.defaultManager().statistics().driver}`;
  },
  uring() {
    try {
      new fdready.EpollIOManager({ driver: "uring" });
    } catch (error) {
      return Promise.resolve(String(error));
    }
    return Promise.resolve("no error");
  },
  platform() {
    Object.defineProperty(process, "platform", { value: args[0] });
    if (deno !== undefined) replace(deno, "build", { ...deno.build, os: args[0] });
    return ways.wait!();
  },
  version() {
    const [runtime = "", version] = args;
    Object.defineProperty(process, "versions", { value: { [runtime]: version } });
    if (runtime === "deno" && deno !== undefined) replace(deno, "version", { deno: version });
    else replace(globalThis, "Deno", undefined);
    return fdready.waitReadable(0).then(() => "resolved", (error) => error.message);
  },
};

console.log(await ways[way]!());
