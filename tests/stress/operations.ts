/** What a stress run does, one thing at a time, by chance. */

import fc from "fast-check";
import { SystemError } from "../../mod.ts";
import { read, shutdown, write } from "../../src/os/mod.ts";
import { flushInput, isOpen, sendOutOfBand, setTimer } from "../support/libc.ts";
import { type Direction, directions, type Manner, type Model, type Watch } from "./model.ts";
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
  return toNumber((_stage, number, other) => attempted(() => act(number, other)));
}

function attempted(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}

/** To an eventfd, an addition of 1 and one up to its maximum. */
const little = new Uint8Array(512).fill(1, 0, 1);
const much = new Uint8Array(65536).fill(255).fill(254, 0, 1);
const sink = new Uint8Array(65536);

/** More writes than any file here takes without being read. */
const enough = 1000;

/** As many directions as `bits` has. */
function directionsOf(bits: number): Direction[] {
  return directions.filter((_, index) => bits & (1 << index));
}

const timeouts = [undefined, 0, 1, 5];

/** How to wait, and for how long at most. */
function mannerOf(choice: number): Manner {
  return {
    controller: new AbortController(),
    ref: (choice & 1) === 0,
    timeout: timeouts[(choice >> 1) & 3],
  };
}

/** Takes all that there is to read. */
function drain(number: number): void {
  for (let count = 0; count < enough && read(number, sink); count++);
}

/** What a listener does, once it has been told. */
const reactions: readonly ((stage: Stage, watch: Watch, choice: number) => void)[] = [
  () => {},
  () => {},
  (_stage, { number }) => attempted(() => drain(number)),
  ({ model }, watch) => model.change(watch, []),
  ({ model }, watch, choice) => model.change(watch, model.free(watch.number, directionsOf(choice))),
  ({ model }, watch) => model.closeWatch(watch),
  (stage, watch) => {
    stage.model.closeWatch(watch);
    watchFor(stage, watch.number, watch.directions, 0);
  },
  ({ model }, _watch, choice) => {
    const other = model.watching(choice);
    if (other !== undefined) model.closeWatch(other);
  },
  ({ model }, _watch, choice) => {
    const other = model.watching(choice);
    if (other === undefined) return;
    model.change(other, model.free(other.number, directionsOf(choice)));
  },
  ({ model, world }, { number }) => {
    if (world.file(number) !== undefined) model.closeFd(number);
  },
  ({ model }, { number }) => model.notifyClosing(number),
  ({ model }, { number }, choice) => {
    const wanted = model.free(number, directionsOf(1 << (choice & 3)));
    const manner = { controller: new AbortController() };
    if (wanted.length > 0) model.waitReady(number, wanted, manner);
  },
  ({ model }, _watch, choice) => {
    const wait = model.pending(choice);
    if (wait !== undefined) model.abort(wait);
  },
  ({ model }) => model.processAgain(),
];

/** Watches `number`, by a listener that does other things each time, and pauses before long. */
function watchFor(
  stage: Stage,
  number: number,
  wanted: readonly Direction[],
  choice: number,
): void {
  const { model } = stage;
  model.watch(number, wanted, (watch) => {
    if (watch.calls > 3 || choice === 0) {
      model.change(watch, []);
      return;
    }
    reactions[(choice + watch.calls) % reactions.length]!(stage, watch, choice);
  });
}

const acts: Readonly<Record<string, [weight: number, act: Act]>> = {
  open: [6, ({ world }, which) => world.open(which)],
  wait: [
    30,
    toNumber(({ model }, number, other) =>
      model.wait(number, directions[other % 4]!, {
        controller: new AbortController(),
        ref: other % 3 > 0,
      })
    ),
  ],
  waitClosed: [1, ({ world, model }, which, other) => {
    const number = world.closedNumber(which);
    if (number !== undefined && !isOpen(number)) {
      model.wait(number, directions[other % 4]!, { controller: new AbortController() });
    }
  }],
  waitAborted: [
    1,
    toNumber(({ model }, number, other) => {
      const controller = new AbortController();
      controller.abort("stop");
      model.wait(number, directions[other % 4]!, { controller });
    }),
  ],
  waitReady: [
    15,
    toNumber(({ model }, number, other) => {
      const manner = mannerOf(other >> 4);
      const wanted = directionsOf(other & 15);
      const nothing = wanted.length === 0 && manner.timeout === undefined;
      model.waitReady(number, nothing ? ["readable"] : wanted, manner);
    }),
  ],
  watch: [
    12,
    toNumber((stage, number, other) => watchFor(stage, number, directionsOf(other & 15), other)),
  ],
  watchClosed: [1, (stage, which, other) => {
    const number = stage.world.closedNumber(which);
    if (number !== undefined && !isOpen(number)) {
      watchFor(stage, number, directionsOf(other & 15), other);
    }
  }],
  changeWatch: [10, ({ model }, which, other) => {
    const watch = model.watching(which);
    if (watch !== undefined) model.change(watch, directionsOf(other & 15));
  }],
  closeWatch: [4, ({ model }, which) => {
    const watch = model.watching(which);
    if (watch !== undefined) model.closeWatch(watch);
  }],
  holdWatch: [2, ({ model }, which, other) => {
    const watch = model.watching(which);
    if (watch !== undefined) model.hold(watch, other % 2 === 0);
  }],
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
    attempt(drain),
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
    toNumber(({ world, model }, number, other) => {
      if (other % 2 === 0) return model.closeFd(number);
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
