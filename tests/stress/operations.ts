/** What a stress run does, one thing at a time, by chance. */

import fc from "fast-check";
import { SystemError } from "../../mod.ts";
import { read, shutdown, write } from "../../src/os/mod.ts";
import { flushInput, isOpen, sendOutOfBand, setTimer } from "../support/libc.ts";
import { directions, type Model } from "./model.ts";
import type { Runner } from "./runner.ts";
import type { World } from "./world.ts";

/** What an operation acts on. */
export interface Stage {
  readonly world: World;
  readonly model: Model;
  readonly runner: Runner;
}

type Act = (stage: Stage, which: number, other: number) => void | Promise<void>;

/** Something that is done to an open number. */
function toNumber(act: (stage: Stage, number: number, other: number) => void): Act {
  return (stage, which, other) => {
    const number = stage.world.number(which);
    if (number !== undefined) act(stage, number, other);
  };
}

/** Something that may fail, depending on the kind of file, and then does nothing. */
function attempt(act: (number: number, other: number) => void): Act {
  return toNumber((_stage, number, other) => {
    try {
      act(number, other);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  });
}

/** To an eventfd, an addition of 1 and one up to its maximum. */
const little = new Uint8Array(512).fill(1, 0, 1);
const much = new Uint8Array(65536).fill(255).fill(254, 0, 1);
const sink = new Uint8Array(65536);

/** More writes than any file here takes without being read. */
const enough = 1000;

const acts: Readonly<Record<string, [weight: number, act: Act]>> = {
  open: [6, ({ world }, which) => world.open(which)],
  wait: [
    30,
    toNumber(({ model }, number, other) =>
      model.wait(number, directions[other % 3]!, new AbortController())
    ),
  ],
  waitClosed: [1, ({ world, model }, which, other) => {
    const number = world.closedNumber(which);
    if (number !== undefined && !isOpen(number)) {
      model.wait(number, directions[other % 3]!, new AbortController());
    }
  }],
  waitAborted: [
    1,
    toNumber(({ model }, number, other) => {
      const controller = new AbortController();
      controller.abort("stop");
      model.wait(number, directions[other % 3]!, controller);
    }),
  ],
  abort: [8, ({ model }, which) => {
    const wait = model.pending(which);
    if (wait !== undefined) model.abort(wait);
  }],
  write: [14, attempt((number, size) => write(number, little.subarray(0, 8 + size % 500)))],
  fill: [
    4,
    attempt((number) => {
      for (let count = 0; count < enough && write(number, much) !== undefined; count++);
    }),
  ],
  drain: [
    12,
    attempt((number) => {
      for (let count = 0; count < enough && read(number, sink); count++);
    }),
  ],
  shutdown: [
    2,
    attempt((number, how) => shutdown(number, (["read", "write", "both"] as const)[how % 3]!)),
  ],
  outOfBand: [2, attempt((number) => sendOutOfBand(number))],
  flush: [2, attempt((number) => flushInput(number))],
  setTimer: [3, attempt((number, time) => setTimer(number, time % 3))],
  closeAnnounced: [
    5,
    toNumber(({ world, model }, number) => {
      model.notifyClosing(number);
      world.close(number);
    }),
  ],
  close: [5, toNumber(({ world }, number) => world.close(number))],
  dup: [4, toNumber(({ world }, number) => world.dup(number))],
  dupOver: [
    4,
    toNumber(({ world, model }, to, other) => {
      const from = world.number(other)!;
      if (from === to) return;
      if (other % 2 === 0) model.notifyClosing(to);
      world.dupOver(from, to);
    }),
  ],
  forceWakeup: [3, ({ model }) => model.forceWakeup()],
  waitWakeup: [3, ({ model }) => model.waitWakeup()],
  turn: [6, ({ runner }) => runner.takePart()],
};

/** One operation: what, and two numbers for it to choose by. */
export type Operation = readonly [name: string, which: number, other: number];

/** Operations at random. They are printed as they are, so that they can be read and replayed. */
export const operation: fc.Arbitrary<Operation> = fc.tuple(
  fc.constantFrom(...Object.entries(acts).flatMap(([name, [weight]]) => Array(weight).fill(name))),
  fc.nat(999),
  fc.nat(999),
);

/** Does `operation`. */
export function perform(stage: Stage, [name, which, other]: Operation): void | Promise<void> {
  return acts[name]![1](stage, which, other);
}
