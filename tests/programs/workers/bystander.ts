/**
 * Waits for its own pipes, with its own manager, until the message "stop". Counts the rounds in the
 * shared memory of the first message. Posts "closed", or the error that ended it.
 */

import { EpollIOManager, type EpollIOManagerOptions } from "../../../mod.ts";
import { close, fstat, pipe, read, write } from "../../../src/os/mod.ts";
import { sleep } from "../../support/event_loop.ts";
import { scope } from "../../support/worker_scope.ts";

export interface Bystander {
  readonly options: EpollIOManagerOptions;
  readonly rounds: SharedArrayBuffer;
  /** The place of its rounds there. */
  readonly index: number;
}

/** How many pipes are open at a time. Each stays open for as many rounds. */
const openPipes = 16;

const byte = new Uint8Array(1);

class OwnPipe {
  readonly #fds = pipe();
  readonly #inodes = this.#fds.map((fd) => fstat(fd).ino);

  async pass(manager: EpollIOManager): Promise<void> {
    const [reader, writer] = this.#fds;
    const wait = manager.waitReadable(reader);
    write(writer, byte);
    await wait;
    if (read(reader, byte) !== 1) throw new Error("A byte of the bystander's own pipe is gone");
  }

  close(): void {
    for (const [index, fd] of this.#fds.entries()) {
      if (fstat(fd).ino !== this.#inodes[index]) throw new Error(`${fd} is another file by now`);
      close(fd);
    }
  }
}

let stopped = false;

async function work({ options, rounds, index }: Bystander): Promise<void> {
  const counters = new Int32Array(rounds);
  await using manager = new EpollIOManager(options);
  const pipes: OwnPipe[] = [];
  while (!stopped) {
    pipes.push(new OwnPipe());
    for (const own of pipes) await own.pass(manager);
    if (pipes.length === openPipes) pipes.shift()!.close();
    Atomics.add(counters, index, 1);
    await sleep(10);
  }
  for (const own of pipes) own.close();
}

scope.onmessage = ({ data }) => {
  if (data === "stop") stopped = true;
  else work(data as Bystander).then(() => "closed", String).then(scope.postMessage);
};
