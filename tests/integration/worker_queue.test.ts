/** A queue in shared memory between a Worker and the main thread. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { NumberQueue } from "../../examples/worker_queue.ts";
import { run } from "../support/programs.ts";

describe("NumberQueue", () => {
  it("take() yields the numbers in order, each once", () => {
    const queue = new NumberQueue();
    const other = new NumberQueue(queue.memory);
    for (let round = 0; round < 3; round++) {
      const added = Array.from({ length: 1024 }, (_, index) => round + index);
      for (const number of added) other.add(number);
      assertEquals([...queue.take()], added);
    }
    assertEquals([...queue.take()], []);
  });

  it("the program prints more numbers than fit into the queue", async () => {
    const outcome = await run("../../examples/worker_queue", { args: ["5000"] });
    const output = Array.from({ length: 5000 }, (_, index) => `${index}\n`).join("");
    assertEquals(outcome, { code: 0, signal: null, output });
  });
});
