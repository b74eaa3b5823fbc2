/** The random operations of a stress run. */

import fc from "fast-check";
import { SystemError } from "../../mod.ts";
import { read, shutdown, write } from "../../src/os/mod.ts";
import { flushInput, isOpen, sendOutOfBand, setTimer } from "../support/libc.ts";
import { type Direction, directions, type Model, type WaitSettings, type Watch } from "./model.ts";
import type { Runner } from "./runner.ts";
import type { FdTable } from "./fd_table.ts";

/** The objects that an operation uses. */
export interface Stage {
  readonly table: FdTable;
  readonly model: Model;
  readonly runner: Runner;
}

type Act = (stage: Stage, which: number, other: number) => void | Promise<void>;

/** An operation on an open descriptor. */
function onFd(act: (stage: Stage, fd: number, other: number) => void): Act {
  return (stage, which, other) => {
    const fd = stage.table.fd(which);
    if (fd !== undefined) act(stage, fd, other);
  };
}

/** An operation that some kinds of files refuse. That is ignored. */
function attempt(act: (fd: number, other: number) => void): Act {
  return onFd((_stage, fd, other) => ignoreFailure(() => act(fd, other)));
}

function ignoreFailure(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}

/** They add 1 to an eventfd's counter, and almost its maximum. */
const small = new Uint8Array(512).fill(1, 0, 1);
const large = new Uint8Array(65536).fill(255).fill(254, 0, 1);
const sink = new Uint8Array(65536);

/** More calls than it takes to fill or drain any of these files. */
const maxCalls = 1000;

/** The directions in the set `bits`. */
function toDirections(bits: number): Direction[] {
  return directions.filter((_, index) => bits & (1 << index));
}

const timeouts = [undefined, 0, 1, 5];

/** The settings of a wait. */
function settingsFor(choice: number): WaitSettings {
  return {
    controller: new AbortController(),
    ref: (choice & 1) === 0,
    timeout: timeouts[(choice >> 1) & 3],
  };
}

/** Reads everything. */
function drain(fd: number): void {
  for (let count = 0; count < maxCalls && read(fd, sink); count++);
}

/** What listeners do. */
const reactions: readonly ((stage: Stage, watch: Watch, choice: number) => void)[] = [
  () => {},
  () => {},
  (_stage, { fd }) => ignoreFailure(() => drain(fd)),
  ({ model }, watch) => model.change(watch, []),
  ({ model }, watch, choice) => model.change(watch, model.free(watch.fd, toDirections(choice))),
  ({ model }, watch) => model.closeWatch(watch),
  (stage, watch) => {
    stage.model.closeWatch(watch);
    watchFor(stage, watch.fd, watch.directions, 0);
  },
  ({ model }, _watch, choice) => {
    const other = model.watching(choice);
    if (other !== undefined) model.closeWatch(other);
  },
  ({ model }, _watch, choice) => {
    const other = model.watching(choice);
    if (other === undefined) return;
    model.change(other, model.free(other.fd, toDirections(choice)));
  },
  ({ model, table }, { fd }) => {
    if (table.file(fd) !== undefined) model.closeFd(fd);
  },
  ({ model }, { fd }) => model.notifyClosing(fd),
  ({ model }, { fd }, choice) => {
    const wanted = model.free(fd, toDirections(1 << (choice & 3)));
    const settings = { controller: new AbortController() };
    if (wanted.length > 0) model.waitReady(fd, wanted, settings);
  },
  ({ model }, _watch, choice) => {
    const wait = model.pending(choice);
    if (wait !== undefined) model.abort(wait);
  },
  ({ model }) => model.processAgain(),
];

/**
 * Watches `fd`. Each call of the listener does something else, and a later one pauses the watch.
 */
function watchFor(
  stage: Stage,
  fd: number,
  wanted: readonly Direction[],
  choice: number,
): void {
  const { model } = stage;
  model.watch(fd, wanted, (watch) => {
    if (watch.calls > 3 || choice === 0) {
      model.change(watch, []);
      return;
    }
    reactions[(choice + watch.calls) % reactions.length]!(stage, watch, choice);
  });
}

const acts: Readonly<Record<string, [weight: number, act: Act]>> = {
  open: [6, ({ table }, which) => table.open(which)],
  wait: [
    30,
    onFd(({ model }, fd, other) =>
      model.wait(fd, directions[other % 4]!, {
        controller: new AbortController(),
        ref: other % 3 > 0,
      })
    ),
  ],
  waitClosed: [1, ({ table, model }, which, other) => {
    const fd = table.closedFd(which);
    if (fd !== undefined && !isOpen(fd)) {
      model.wait(fd, directions[other % 4]!, { controller: new AbortController() });
    }
  }],
  waitAborted: [
    1,
    onFd(({ model }, fd, other) => {
      const controller = new AbortController();
      controller.abort("stop");
      model.wait(fd, directions[other % 4]!, { controller });
    }),
  ],
  waitReady: [
    15,
    onFd(({ model }, fd, other) => {
      const settings = settingsFor(other >> 4);
      const wanted = toDirections(other & 15);
      const nothing = wanted.length === 0 && settings.timeout === undefined;
      model.waitReady(fd, nothing ? ["readable"] : wanted, settings);
    }),
  ],
  watch: [
    12,
    onFd((stage, fd, other) => watchFor(stage, fd, toDirections(other & 15), other)),
  ],
  watchClosed: [1, (stage, which, other) => {
    const fd = stage.table.closedFd(which);
    if (fd !== undefined && !isOpen(fd)) {
      watchFor(stage, fd, toDirections(other & 15), other);
    }
  }],
  changeWatch: [10, ({ model }, which, other) => {
    const watch = model.watching(which);
    if (watch !== undefined) model.change(watch, toDirections(other & 15));
  }],
  closeWatch: [4, ({ model }, which) => {
    const watch = model.watching(which);
    if (watch !== undefined) model.closeWatch(watch);
  }],
  setRef: [2, ({ model }, which, other) => {
    const watch = model.watching(which);
    if (watch !== undefined) model.setRef(watch, other % 2 === 0);
  }],
  abort: [8, ({ model }, which) => {
    const wait = model.pending(which);
    if (wait !== undefined) model.abort(wait);
  }],
  write: [14, attempt((fd, size) => write(fd, small.subarray(0, 8 + size % 500)))],
  fill: [
    4,
    attempt((fd) => {
      for (let count = 0; count < maxCalls && write(fd, large) !== undefined; count++);
    }),
  ],
  drain: [
    12,
    attempt(drain),
  ],
  shutdown: [
    2,
    attempt((fd, how) => shutdown(fd, (["read", "write", "both"] as const)[how % 3]!)),
  ],
  outOfBand: [2, attempt((fd) => sendOutOfBand(fd))],
  flush: [2, attempt((fd) => flushInput(fd))],
  setTimer: [3, attempt((fd, time) => setTimer(fd, time % 3))],
  closeAnnounced: [
    5,
    onFd(({ table, model }, fd, other) => {
      if (other % 2 === 0) return model.closeFd(fd);
      model.notifyClosing(fd);
      table.close(fd);
    }),
  ],
  close: [5, onFd(({ table }, fd) => table.close(fd))],
  dup: [4, onFd(({ table }, fd) => table.dup(fd))],
  dup2: [
    4,
    onFd(({ table, model }, to, other) => {
      const from = table.fd(other)!;
      if (from === to) return;
      if (other % 2 === 0) model.notifyClosing(to);
      table.dup2(from, to);
    }),
  ],
  forceWakeup: [3, ({ model }) => model.forceWakeup()],
  waitWakeup: [3, ({ model }) => model.waitWakeup()],
  turn: [6, ({ runner }) => runner.takePart()],
};

/** An operation: its name, and two numbers that select what it does. */
export type Operation = readonly [name: string, which: number, other: number];

/** A random operation. Failures print operations in this form, so they can be read and replayed. */
export const operation: fc.Arbitrary<Operation> = fc.tuple(
  fc.constantFrom(...Object.entries(acts).flatMap(([name, [weight]]) => Array(weight).fill(name))),
  fc.nat(999),
  fc.nat(999),
);

/** Performs `operation`. */
export function perform(stage: Stage, [name, which, other]: Operation): void | Promise<void> {
  return acts[name]![1](stage, which, other);
}
