/** How connections come. */

import { type Counts, Crew, type CrewOptions, difference } from "./workers.ts";

/** A way of making connections: makes them all and resolves when all is quiet again. */
export interface Pattern {
  readonly name: string;
  readonly total: number;
  /** Whether the Workers must be called away, which the library's waiter doesn't provide for. */
  readonly needsGate: boolean;
  run(crew: Crew): Promise<void>;
}

/** `step` connections at a time, each time to Workers that all wait. */
function inSteps(name: string, step: number, total: number): Pattern {
  return {
    name,
    total,
    needsGate: false,
    async run(crew) {
      for (let count = step; count <= total; count += step) {
        crew.connect(step);
        await crew.accepted(count);
        await crew.asleep();
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
  needsGate: true,
  async run(crew) {
    for (let count = 2; count <= this.total; count += 2) {
      const release = await crew.busy();
      crew.connect(2);
      release();
      await crew.accepted(count);
      await crew.asleep();
    }
  },
};

export const patterns = { oneAtATime, pairs, pairsWhileBusy, burst };

/** Runs `pattern` with Workers of its own. */
export async function measure(pattern: Pattern, options: CrewOptions): Promise<Counts> {
  await using crew = await Crew.start(options);
  const overhead = pattern.needsGate ? await gateOverhead(crew, pattern.total / 2) : 0;
  const before = crew.counts();
  await pattern.run(crew);
  const counts = difference(before, crew.counts());
  return { ...counts, contextSwitches: counts.contextSwitches - overhead };
}

/** Context switches of calling the Workers away `times` times with nothing else to do. */
async function gateOverhead(crew: Crew, times: number): Promise<number> {
  const before = crew.counts();
  for (let time = 0; time < times; time++) {
    const release = await crew.busy();
    release();
    await crew.asleep();
  }
  return difference(before, crew.counts()).contextSwitches;
}

/** What became of connections to Workers that accept one at each wakeup and wait again. */
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

/** Makes connections to exclusive waiters that don't accept until there is nothing left. */
export async function acceptingOne(edgeTriggered: boolean): Promise<AcceptingOne> {
  const [pairs, burst] = [50, 100];
  const options: CrewOptions = {
    ...{ registration: "exclusive", options: { edgeTriggered }, acceptOne: true },
  };
  let late = 0;
  {
    await using crew = await Crew.start({ ...options, work });
    for (let pair = 1; pair <= pairs; pair++) {
      crew.connect(2);
      await crew.accepted(2 * pair - 1);
      await new Promise((resolve) => setTimeout(resolve, work / 2));
      if (crew.accepts() < 2 * pair) late++;
      await crew.asleep();
      if (crew.accepts() < 2 * pair) throw new Error("a pair's second connection was stranded");
    }
  }
  await using crew = await Crew.start(options);
  crew.connect(burst);
  await crew.asleep();
  return { pairs, late, burst, stranded: burst - crew.accepts() };
}
