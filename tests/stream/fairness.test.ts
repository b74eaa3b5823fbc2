/** A descriptor that is always ready leaves time for the rest of the event loop. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { OperationBudget } from "../../src/stream/operation_budget.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { turn, TurnCounter } from "../support/event_loop.ts";
import { fill } from "../support/fds.ts";

/** Uses the CPU for longer than a stream's turn may take. */
function work(): void {
  const end = performance.now() + 3;
  while (performance.now() < end);
}

/** How many chunks to process. Without a limit in time, one turn would have room for them. */
const chunks = 30;

type Process = (stream: FdStream, fd: number) => Promise<void>;

const readers: Record<string, Process> = {
  "read()": async (stream) => {
    const buffer = new Uint8Array(1024);
    for (let count = 0; count < chunks; count++) {
      await stream.read(buffer);
      work();
    }
  },
  "readable": async (stream) => {
    const reader = stream.readable.getReader({ mode: "byob" });
    for (let count = 0; count < chunks; count++) {
      await reader.read(new Uint8Array(1024));
      work();
    }
  },
};

const writers: Record<string, Process> = {
  "write()": async (stream) => {
    for (let count = 0; count < chunks; count++) {
      await stream.write(new Uint8Array(1024));
      work();
    }
  },
  "writeAll()": async (stream) => {
    for (let count = 0; count < chunks; count++) {
      await stream.writeAll(new Uint8Array(1024));
      work();
    }
  },
  "writable": async (stream) => {
    const writer = stream.writable.getWriter();
    for (let count = 0; count < chunks; count++) {
      await writer.write(new Uint8Array(1024));
      work();
    }
  },
};

describeForDrivers("FdStream that never has to wait", (it) => {
  it("read() lets the event loop run now and then", async ({ manager }) => {
    using stream = new FdStream(os.open("/dev/zero", os.O_RDONLY), { manager });
    using turns = new TurnCounter();
    const buffer = new Uint8Array(16);
    let reads = 0;
    while (turns.count < 3 && reads < 1_000_000) reads += (await stream.read(buffer))! > 0 ? 1 : 0;
    assert(turns.count >= 3, `${turns.count} turns for ${reads} reads`);
  });

  for (const [name, process] of Object.entries({ ...readers, ...writers })) {
    it(`${name} lets the event loop run after 2 ms of work`, async ({ manager, fds }) => {
      const [reader, writer] = fds.pipe();
      if (name in readers) fill(writer);
      using stream = new FdStream(os.dup(name in readers ? reader : writer), { manager });
      using turns = new TurnCounter();
      await process(stream, writer);
      // A runtime may begin several turns before it looks at its timers.
      assert(turns.count >= chunks / 6, `${turns.count} turns for ${chunks} chunks`);
    });
  }
});

describe("OperationBudget", () => {
  function setUp(): { budget: OperationBudget; pass: (milliseconds: number) => void } {
    let time = 1000;
    const budget = new OperationBudget(() => time);
    return { budget, pass: (milliseconds) => time += milliseconds };
  }

  it("spend() returns true after 64 operations, until reset() or restart()", () => {
    const { budget } = setUp();
    for (const end of ["reset", "restart"] as const) {
      let operations = 1;
      while (!budget.spend()) operations++;
      assert(operations > 56 && operations <= 72, `${operations}`);
      assert(budget.spend());
      budget[end]();
      assert(!budget.spend());
    }
  });

  it("spend() returns true after 2 ms without a turn of the event loop", () => {
    for (const milliseconds of [0.05, 0.5, 1, 5]) {
      const { budget, pass } = setUp();
      let total = 0;
      for (; !budget.spend(); total += milliseconds) pass(milliseconds);
      assert(total > 2 && total <= 3 * milliseconds + 2.5, `${total}`);
    }
  });

  it("spend() returns true for each slow operation after the first ones", () => {
    const { budget, pass } = setUp();
    const spent: boolean[] = [];
    for (let count = 0; count < 8; count++) {
      const isSpent = budget.spend();
      spent.push(isSpent);
      if (isSpent) budget.restart();
      pass(3);
    }
    assertEquals(spent, [false, false, true, true, true, true, true, true]);
  });

  it("spend() returns false after slow operations that the event loop runs between", async () => {
    const { budget, pass } = setUp();
    for (let count = 0; count < 4; count++) {
      if (budget.spend()) budget.restart();
      pass(3);
    }
    await turn();
    await turn();
    assert(!budget.spend());
  });

  it("spend() returns true soon after fast operations have become slow", () => {
    const { budget, pass } = setUp();
    for (let count = 0; count < 20; count++) budget.spend();
    let operations = 1;
    for (; !budget.spend(); operations++) pass(5);
    assert(operations <= 12, `${operations}`);
  });

  it("spend() returns false for operations in different turns of the event loop", async () => {
    const { budget, pass } = setUp();
    for (let round = 0; round < 10; round++) {
      assert(!budget.spend());
      pass(5);
      await turn();
      await turn();
    }
  });
});
