/**
 * A queue of numbers in shared memory, from a Worker to the main thread. The Worker adds numbers
 * and wakes the main thread, which prints them.
 *
 *     deno run --allow-ffi --allow-read examples/worker_queue.ts 5
 *     bun examples/worker_queue.ts 5
 *     node examples/worker_queue.ts 5
 *
 * A wakeup carries no data, and it may overtake a message. Therefore the data is in shared memory
 * before the Worker wakes the main thread.
 */

import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { openWakeup, waitReadable, Wakeup, type WakeupHandle } from "@fdready/fdready";
import { readCommandLine, readInteger } from "./support/command_line.ts";

const usage = `
deno run --allow-ffi --allow-read examples/worker_queue.ts [count]
bun examples/worker_queue.ts [count]
node examples/worker_queue.ts [count]

Prints this many numbers from a Worker, by default 5.
`;

/** The memory of a queue. It can be sent to a Worker. */
interface QueueMemory {
  /** A ring: the number at position n is in slot n modulo its length. */
  readonly numbers: Float64Array;
  /** How many numbers have been added, and how many removed: good for two billion. */
  readonly ends: Int32Array;
}

/** Numbers from one thread for one other. */
export class NumberQueue {
  /** Its memory, for the other thread. */
  readonly memory: QueueMemory;

  constructor(memory?: QueueMemory) {
    this.memory = memory ?? {
      numbers: new Float64Array(new SharedArrayBuffer(8 * 1024)),
      ends: new Int32Array(new SharedArrayBuffer(8)),
    };
  }

  /** Adds `number`. Blocks the thread while the queue is full. */
  add(number: number): void {
    const { numbers, ends } = this.memory;
    const position = Atomics.load(ends, 0);
    for (let removed; position - (removed = Atomics.load(ends, 1)) === numbers.length;) {
      Atomics.wait(ends, 1, removed);
    }
    numbers[position % numbers.length] = number;
    Atomics.store(ends, 0, position + 1);
  }

  /** Removes and yields all numbers. */
  *take(): Generator<number> {
    const { numbers, ends } = this.memory;
    for (let position; (position = Atomics.load(ends, 1)) !== Atomics.load(ends, 0);) {
      const number = numbers[position % numbers.length]!;
      Atomics.store(ends, 1, position + 1);
      Atomics.notify(ends, 1); // the other thread may wait for room
      yield number;
    }
  }
}

/** The message to the Worker. */
interface Task {
  readonly handle: WakeupHandle;
  readonly memory: QueueMemory;
  readonly count: number;
}

/** Prints `count` numbers from a new Worker. */
async function printNumbers(count: number): Promise<void> {
  const queue = new NumberQueue();
  using wakeup = new Wakeup();
  const worker = new Worker(new URL(import.meta.url));
  worker.postMessage({ handle: wakeup.handle(), memory: queue.memory, count } satisfies Task);
  for (let left = count; left > 0;) {
    await waitReadable(wakeup);
    wakeup.drain(); // before looking, so that no later wakeup is lost
    for (const number of queue.take()) {
      console.log(number);
      left--;
    }
  }
}

if (!isMainThread) {
  parentPort?.once("message", ({ handle, memory, count }: Task) => {
    const queue = new NumberQueue(memory);
    using main = openWakeup(handle);
    for (let number = 0; number < count; number++) {
      queue.add(number);
      main.wake();
    }
  });
} else if (import.meta.main) {
  const { positionals: [count = "5"] } = readCommandLine(usage, {}, { most: 1 });
  await printNumbers(readInteger("the count", count, 1, 1_000_000));
}
