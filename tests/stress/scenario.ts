/** A stress run: steps with random operations, each followed by checks. */

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
import { createRunner } from "./runner.ts";
import { FdTable } from "./fd_table.ts";

/** The operations between two checks. */
export interface Step {
  /** They run without event loop turns in between, unless one of them includes a turn. */
  readonly operations: readonly Operation[];
  /**
   * Whether the manager goes to sleep before, so that its doorbell has to ring, and whether that is
   * long enough to check that it sleeps.
   */
  readonly rest: "none" | "short" | "long";
}

/** The steps of one manager. */
export interface ManagerRun {
  /** In µs. */
  readonly busyPoll: number;
  /** Whether to collect garbage in the middle. */
  readonly garbage: boolean;
  readonly steps: readonly Step[];
}

/** A whole run: several managers in sequence, with the same descriptors. */
export type Scenario = readonly ManagerRun[];

const step: fc.Arbitrary<Step> = fc.record({
  operations: fc.array(operation, { minLength: 1, maxLength: 4, size: "max" }),
  rest: fc.oneof(
    { weight: 30, arbitrary: fc.constant("none" as const) },
    { weight: 30, arbitrary: fc.constant("short" as const) },
    { weight: 1, arbitrary: fc.constant("long" as const) },
  ),
});

const managerRun: fc.Arbitrary<ManagerRun> = fc.record({
  busyPoll: fc.constantFrom(0, 50),
  garbage: fc.nat(7).map((chance) => chance === 7),
  steps: fc.array(step, { minLength: 1, maxLength: 400, size: "max" }),
});

/** A random scenario. */
export const scenario: fc.Arbitrary<Scenario> = fc.array(managerRun, {
  minLength: 1,
  maxLength: 4,
  size: "max",
});

/** The totals of runs. */
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

/** The common settings of all scenarios. */
export interface Settings {
  readonly driver: Driver;
  readonly tally: Tally;
  /** How long a ready waiter may stay pending, in ms. */
  readonly deadline: number;
}

/**
 * Runs `scenario`. Rejects with a {@linkcode Violation} if the manager doesn't behave like the
 * model.
 */
export async function play(scenario: Scenario, settings: Settings): Promise<void> {
  using table = new FdTable();
  for (const run of scenario) await runManager(run, table, settings);
}

async function runManager(run: ManagerRun, table: FdTable, settings: Settings): Promise<void> {
  const { driver, tally, deadline } = settings;
  const before = countFds();
  const outside = before - table.size;
  const manager = new EpollIOManager({ driver, busyPoll: run.busyPoll });
  const runner = createRunner(manager);
  const model = new Model(manager, table);
  const stage = { table, model, runner };
  using _uncaught = onUncaught((error) => model.onUncaught(error));
  using _alive = keepAlive();
  tally.managers++;
  try {
    await warmUp(manager, stage);
    const middle = run.steps[run.steps.length >> 1];
    for (const step of run.steps) {
      if (run.garbage && step === middle) collectGarbage();
      await takeStep(step, manager, stage, deadline);
      tally.operations += step.operations.length;
    }
  } finally {
    tally.resolved += model.resolved;
    tally.calls += model.calls;
    tally.staleEvents += manager.statistics().staleEvents;
    await model.close();
  }
  const left = () => countFds() - outside - table.size;
  // Some of the manager's descriptors are closed a moment after it.
  const leftBehind = () => new Violation(`${left()} descriptors were left behind`);
  await until(() => left() === 0, leftBehind, deadline);
}

/** Keeps the process alive, because waits with `ref: false` don't. */
function keepAlive(): Disposable {
  const timer = setInterval(() => {}, 1000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Calls `listener` for uncaught errors, such as a lost watch. */
function onUncaught(listener: (error: unknown) => void): Disposable {
  process.on("uncaughtException", listener);
  return { [Symbol.dispose]: () => void process.off("uncaughtException", listener) };
}

/** Makes the doorbell ring once, so that it has opened all its descriptors and threads. */
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

async function takeStep(
  step: Step,
  manager: EpollIOManager,
  stage: Stage,
  deadline: number,
): Promise<void> {
  const { model, runner } = stage;
  if (step.rest !== "none") await runner.rest();
  if (step.rest === "long") await checkSleep(manager);
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
  // Without events the manager polls for `busyPoll`, which ends within this many turns. A manual
  // one is polled by the runner until a wait times out.
  if (before.driver !== "manual") checkCalls(before, manager.statistics(), 500);
}

/** Checks that an idle manager doesn't keep the event loop busy. */
async function checkSleep(manager: EpollIOManager): Promise<void> {
  await sleep(1);
  const before = manager.statistics();
  await sleep(4);
  checkCalls(before, manager.statistics(), 100);
}

function checkCalls(before: EpollStatistics, after: EpollStatistics, few: number): void {
  const calls = after.epollWaitCalls - before.epollWaitCalls;
  const events = eventsIn(after) - eventsIn(before);
  // Each event may be followed by `busyPoll` of polls that find nothing.
  if (calls > few * (1 + events)) {
    throw new Violation(`${calls} calls of epoll_wait for ${events} events`);
  }
}

function eventsIn({ events, staleEvents, wakeups }: EpollStatistics): number {
  return events + staleEvents + wakeups;
}

/** Waits for everything that must resolve. */
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
