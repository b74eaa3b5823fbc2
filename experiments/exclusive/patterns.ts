/** Patterns of connections. */

import { type Counts, difference, WorkerGroup, type WorkerGroupOptions } from "./workers.ts";

/** A pattern of connections. Makes all of them, and resolves when all Workers are idle again. */
export interface Pattern {
  readonly name: string;
  readonly total: number;
  /**
   * Whether the Workers must be kept busy at a barrier, which the library's waiter doesn't support.
   */
  readonly needsBarrier: boolean;
  run(group: WorkerGroup): Promise<void>;
}

/** `step` connections at a time, each time when all Workers wait. */
function inSteps(name: string, step: number, total: number): Pattern {
  return {
    name,
    total,
    needsBarrier: false,
    async run(group) {
      for (let count = step; count <= total; count += step) {
        group.connect(step);
        await group.accepted(count);
        await group.asleep();
      }
    },
  };
}

const oneAtATime = inSteps("one at a time", 1, 300);
const pairs = inSteps("two, all are idle", 2, 300);
const burst = inSteps("a burst of 1,000", 1000, 3000);

const pairsWhileBusy: Pattern = {
  name: "two, all are busy",
  total: 300,
  needsBarrier: true,
  async run(group) {
    for (let count = 2; count <= this.total; count += 2) {
      const release = await group.busy();
      group.connect(2);
      release();
      await group.accepted(count);
      await group.asleep();
    }
  },
};

export const patterns = { oneAtATime, pairs, pairsWhileBusy, burst };

/** Runs `pattern` with new Workers. */
export async function measure(pattern: Pattern, options: WorkerGroupOptions): Promise<Counts> {
  await using group = await WorkerGroup.start(options);
  const overhead = pattern.needsBarrier ? await barrierOverhead(group, pattern.total / 2) : 0;
  const before = group.counts();
  await pattern.run(group);
  const counts = difference(before, group.counts());
  return { ...counts, contextSwitches: counts.contextSwitches - overhead };
}

/** The context switches of keeping idle Workers busy `times` times. */
async function barrierOverhead(group: WorkerGroup, times: number): Promise<number> {
  const before = group.counts();
  for (let time = 0; time < times; time++) {
    const release = await group.busy();
    release();
    await group.asleep();
  }
  return difference(before, group.counts()).contextSwitches;
}

/** The outcome of connections to Workers that accept one at each wakeup and wait again. */
export interface AcceptingOne {
  readonly pairs: number;
  /** Pairs whose second connection waited until the first had been served. */
  readonly late: number;
  readonly burst: number;
  /** Connections of the burst that were still waiting when all Workers slept again. */
  readonly stranded: number;
}

/** How long serving a connection takes, in ms. */
const work = 20;

/** Makes connections to exclusive waiters that accept only one connection at a wakeup. */
export async function acceptingOne(edgeTriggered: boolean): Promise<AcceptingOne> {
  const [pairs, burst] = [50, 100];
  const options: WorkerGroupOptions = {
    ...{ registration: "exclusive", options: { edgeTriggered }, acceptOne: true },
  };
  let late = 0;
  {
    await using group = await WorkerGroup.start({ ...options, work });
    for (let pair = 1; pair <= pairs; pair++) {
      group.connect(2);
      await group.accepted(2 * pair - 1);
      await new Promise((resolve) => setTimeout(resolve, work / 2));
      if (group.accepts() < 2 * pair) late++;
      await group.asleep();
      if (group.accepts() < 2 * pair) throw new Error("a pair's second connection was stranded");
    }
  }
  await using group = await WorkerGroup.start(options);
  group.connect(burst);
  await group.asleep();
  return { pairs, late, burst, stranded: burst - group.accepts() };
}
