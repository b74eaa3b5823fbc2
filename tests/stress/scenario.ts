/** One stress run: steps of operations at random, and after each what must hold. */

import process from "node:process";
import fc from "fast-check";
import { EpollIOManager, type EpollStatistics } from "../../mod.ts";
import { close, timerfd } from "../../src/os/mod.ts";
import type { Driver } from "../support/drivers.ts";
import { countFds } from "../support/fds.ts";
import { collectGarbage } from "../support/garbage.ts";
import { flushMicrotasks, sleep, until } from "../support/event_loop.ts";
import { Model, Violation } from "./model.ts";
import { type Operation, operation, perform, type Stage } from "./operations.ts";
import { runnerOf } from "./runner.ts";
import { World } from "./world.ts";

/** What happens between two looks at the whole. */
export interface Step {
  /** Done in one go, without the event loop in between unless one of them lets it. */
  readonly operations: readonly Operation[];
  /**
   * Whether the manager is let go to sleep before, so that it takes a ring to wake it; and whether
   * for long enough to see that it does sleep.
   */
  readonly rest: "none" | "short" | "long";
}

/** What one manager lives through. */
export interface Life {
  /** In µs. */
  readonly busyPoll: number;
  /** Garbage is collected in the middle of it. */
  readonly garbage: boolean;
  readonly steps: readonly Step[];
}

/** A whole run: several managers one after the other, while the descriptors stay. */
export type Scenario = readonly Life[];

const step: fc.Arbitrary<Step> = fc.record({
  operations: fc.array(operation, { minLength: 1, maxLength: 4, size: "max" }),
  rest: fc.oneof(
    { weight: 30, arbitrary: fc.constant("none" as const) },
    { weight: 30, arbitrary: fc.constant("short" as const) },
    { weight: 1, arbitrary: fc.constant("long" as const) },
  ),
});

const life: fc.Arbitrary<Life> = fc.record({
  busyPoll: fc.constantFrom(0, 50),
  garbage: fc.nat(7).map((chance) => chance === 7),
  steps: fc.array(step, { minLength: 1, maxLength: 400, size: "max" }),
});

/** Scenarios at random. */
export const scenario: fc.Arbitrary<Scenario> = fc.array(life, {
  minLength: 1,
  maxLength: 4,
  size: "max",
});

/** What runs have come to. */
export class Tally {
  operations = 0;
  resolved = 0;
  calls = 0;
  managers = 0;
  staleEvents = 0;

  toString(): string {
    const { operations, resolved, calls, managers, staleEvents } = this;
    return `${operations} operations, ${resolved} waits resolved, ${calls} calls of listeners, ` +
      `${managers} managers, ` +
      `${staleEvents} stale events dropped`;
  }
}

/** What all scenarios of an exploration share. */
export interface Setting {
  readonly driver: Driver;
  readonly tally: Tally;
  /** For how long a wait may stay pending although what it waits for is there, in ms. */
  readonly deadline: number;
}

/** Runs `scenario`; rejects with a {@linkcode Violation} if anything is not as it must be. */
export async function play(scenario: Scenario, setting: Setting): Promise<void> {
  using world = new World();
  for (const life of scenario) await live(life, world, setting);
}

async function live(life: Life, world: World, setting: Setting): Promise<void> {
  const { driver, tally, deadline } = setting;
  const before = countFds();
  const outside = before - world.size;
  const manager = new EpollIOManager({ driver, busyPoll: life.busyPoll });
  const runner = runnerOf(manager);
  const model = new Model(manager, world);
  const stage = { world, model, runner };
  using _uncaught = hearUncaught((error) => model.onUncaught(error));
  using _alive = keepAlive();
  tally.managers++;
  try {
    await warmUp(manager, stage);
    const middle = life.steps[life.steps.length >> 1];
    for (const step of life.steps) {
      if (life.garbage && step === middle) collectGarbage();
      await take(step, manager, stage, deadline);
      tally.operations += step.operations.length;
    }
  } finally {
    tally.resolved += model.resolved;
    tally.calls += model.calls;
    tally.staleEvents += manager.statistics().staleEvents;
    await model.close();
  }
  const left = () => countFds() - outside - world.size;
  // Of the manager's own descriptors, some are closed a moment after the others.
  const leftBehind = () => new Violation(`${left()} descriptors were left behind`);
  await until(() => left() === 0, leftBehind, deadline);
}

/** Keeps the process alive, which waits with `ref: false` don't. */
function keepAlive(): Disposable {
  const timer = setInterval(() => {}, 1000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Has `listener` told of what would end the process, such as the loss of a watch. */
function hearUncaught(listener: (error: unknown) => void): Disposable {
  process.on("uncaughtException", listener);
  return { [Symbol.dispose]: () => void process.off("uncaughtException", listener) };
}

/** Has the doorbell ring once, so that all its descriptors and threads are there. */
async function warmUp(manager: EpollIOManager, { runner }: Stage): Promise<void> {
  const timer = timerfd({ initial: 0.1 });
  let over = false;
  const wait = manager.waitReadable(timer).then(() => over = true);
  await runner.rest();
  while (!over) await runner.takeTurn();
  await wait;
  manager.notifyClosing(timer);
  close(timer);
}

async function take(
  step: Step,
  manager: EpollIOManager,
  stage: Stage,
  deadline: number,
): Promise<void> {
  const { model, runner } = stage;
  if (step.rest !== "none") await runner.rest();
  if (step.rest === "long") await seeItSleep(manager);
  await flushMicrotasks();
  model.commit();
  const before = manager.statistics();
  for (const operation of step.operations) {
    const pause = perform(stage, operation);
    if (pause !== undefined) await pause.then(flushMicrotasks).then(() => model.commit());
    model.observe();
  }
  await settle(stage, deadline);
  const difference = () => new Violation(`There should be ${model.comparison()}`);
  await until(() => model.agrees(), difference, deadline);
  // While there is no event it polls for `busyPoll`, which is over within so many turns. A manual one
  // is polled from here, for as long as a wait takes to expire.
  if (before.driver !== "manual") expectFewCalls(before, manager.statistics(), 500);
}

/** Once all is settled, an event loop that does nothing else must not be kept busy. */
async function seeItSleep(manager: EpollIOManager): Promise<void> {
  await sleep(1);
  const before = manager.statistics();
  await sleep(4);
  expectFewCalls(before, manager.statistics(), 100);
}

function expectFewCalls(before: EpollStatistics, after: EpollStatistics, few: number): void {
  const calls = after.epollWaitCalls - before.epollWaitCalls;
  const events = eventsIn(after) - eventsIn(before);
  // Each event may be followed by as many polls in vain as `busyPoll` allows.
  if (calls > few * (1 + events)) {
    throw new Violation(`${calls} calls of epoll_wait for ${events} events`);
  }
}

function eventsIn({ events, staleEvents, wakeups }: EpollStatistics): number {
  return events + staleEvents + wakeups;
}

/** Waits for all that must resolve. */
async function settle({ model, runner }: Stage, deadline: number): Promise<void> {
  let started: number | undefined;
  model.expectCalls();
  for (;;) {
    await runner.takeTurn();
    await flushMicrotasks();
    model.commit();
    const overdue = model.overdue();
    if (overdue.length === 0) return;
    const now = performance.now();
    started ??= now;
    if (now - started >= deadline) {
      throw new Violation(
        `${overdue.map(({ description }) => description).join(", ")} still pending, though ready`,
      );
    }
    await runner.waitFor(overdue.map(({ promise }) => promise), deadline);
  }
}
