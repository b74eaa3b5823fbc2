/**
 * When the driver polls and when it arms its doorbell, with a client and a doorbell that only
 * record.
 */

import { assertEquals, assertGreater, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Doorbell, DoorbellListener } from "../../src/driver/doorbell.ts";
import type { DriverClient } from "../../src/driver/driver.ts";
import { EventLoopDriver } from "../../src/driver/event_loop.ts";
import { now } from "../../src/runtime/globals.ts";
import { O_RDONLY, open } from "../../src/os/mod.ts";
import { turn, until } from "../support/event_loop.ts";
import { Fds } from "../support/fds.ts";
import { Random } from "../support/random.ts";

/** A client, a doorbell, and the driver between them. */
class Recorder implements Doorbell, DriverClient {
  readonly fd = -1;
  polls = 0;
  waiters = 0;
  refs = true;
  idles = 0;
  failure: unknown;
  /** How often the doorbell was armed, and whether it is, keeping the process alive or not. */
  arms = 0;
  armed: "ref" | "unref" | undefined;
  /** Whether the doorbell keeps the process alive. It still does after it has rung. */
  isRef = false;
  closed = false;
  listener: DoorbellListener | undefined;
  /** The poll of that number. Returns the number of events. */
  readonly onPoll = new Map<number, () => number>();
  /** All other polls. */
  onOtherPoll: () => number = () => 0;
  readonly driver: EventLoopDriver;
  /** The time in ms, which only the test changes. */
  time = 1000;

  /** Without `readClock` the time is the recorder's. */
  constructor(pollMilliseconds = 0, readClock = () => this.time) {
    const createDoorbell = (_fd: number, listener: DoorbellListener) => {
      this.listener = listener;
      return this;
    };
    const doorbells = [{ name: "thread", createDoorbell }] as const;
    this.driver = new EventLoopDriver(this, { pollMilliseconds, doorbells, readClock });
  }

  countWaiters(): number {
    return this.waiters;
  }

  hasRefs(): boolean {
    return this.refs;
  }

  poll(): number {
    return (this.onPoll.get(++this.polls) ?? this.onOtherPoll)();
  }

  onIdle(): void {
    this.idles++;
  }

  fail(error: unknown): void {
    this.failure = error;
    this.endWaits();
  }

  arm(ref: boolean): void {
    assertEquals(this.closed, false, "armed after its close");
    this.setRef(ref);
    this.arms++;
  }

  setRef(ref: boolean): void {
    this.armed = ref ? "ref" : "unref";
    this.isRef = ref;
  }

  disarm(): void {
    assertEquals(this.closed, false, "disarmed after its close");
    this.armed = undefined;
    this.isRef = false;
  }

  isInternal(): boolean {
    return false;
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  wait(): void {
    this.waiters++;
    this.driver.start();
  }

  endWaits(): void {
    this.waiters = 0;
    this.driver.stop();
  }

  ring(): void {
    this.armed = undefined;
    this.listener!.onReady();
  }

  /** Rings with an event, which shows how long a ring takes. Resolves once the driver sleeps. */
  async ringFirst(): Promise<void> {
    this.time += 0.03;
    this.onPoll.set(this.polls + 1, () => 1);
    this.ring();
    while (this.armed === undefined) {
      this.time += 0.01;
      await turn();
    }
  }

  /** Resolves once the driver sleeps, if nothing keeps it from that. */
  async settled(): Promise<void> {
    for (let turns = 0; turns < 10; turns++) await turn();
  }
}

/** A recorder with a file that reports an event only once, and events that it keeps. */
class OnceRecorder extends Recorder {
  readonly #random: Random;
  #lastFound = 0;
  #hasKept = false;

  constructor(random: Random, pollMilliseconds: number) {
    super(pollMilliseconds);
    this.#random = random;
  }

  hasKeptEvents(): boolean {
    return this.#hasKept;
  }

  /** Keeps an event now and then. */
  override wait(): void {
    this.#hasKept ||= this.#random.below(4) === 0;
    super.wait();
  }

  /** Finds events now and then. The program may take long to deal with them, or end its waits. */
  override poll(): number {
    this.polls++;
    const isEmpty = !this.#hasKept && this.#random.below(4) > 0;
    this.#lastFound = isEmpty ? 0 : 1 + this.#random.below(100);
    this.#hasKept = !isEmpty && this.#random.below(4) === 0;
    if (this.#lastFound > 0) {
      this.time += this.#random.next();
      if (this.#random.below(4) === 0) this.waiters = 0;
    }
    return this.#lastFound;
  }

  override arm(ref: boolean): void {
    assertEquals(this.#lastFound, 0, "armed after a poll that found events");
    assertEquals(this.#hasKept, false, "armed although the next poll finds events");
    assertGreater(this.waiters, 0);
    super.arm(ref);
  }
}

/** Polls after an event: from microtasks, then in a turn of the event loop. */
const pollsAfterEvent = 3;

describe("EventLoopDriver", () => {
  it("arms the doorbell after one poll that finds nothing", async () => {
    const recorder = new Recorder();
    recorder.wait();
    await recorder.settled();
    assertEquals([recorder.polls, recorder.arms, recorder.armed], [1, 1, "ref"]);
  });

  it("polls after an event until nothing is found", async () => {
    const recorder = new Recorder();
    recorder.onPoll.set(1, () => 1);
    recorder.wait();
    await recorder.settled();
    assertEquals(recorder.polls, 1 + pollsAfterEvent);
    assertEquals(recorder.armed, "ref");
  });

  it("polls once for an event that comes long after the last one", async () => {
    const recorder = new Recorder(0.05);
    recorder.wait();
    await recorder.settled();
    await recorder.ringFirst();
    for (let event = 0; event < 5; event++) {
      recorder.time += 1;
      const { polls } = recorder;
      recorder.onPoll.set(polls + 1, () => 1);
      recorder.ring();
      await recorder.settled();
      assertEquals([recorder.polls, recorder.armed], [polls + 1, "ref"]);
    }
  });

  it("polls once for an event whose task waits again some microtasks later", async () => {
    for (let microtasks = 0; microtasks < 12; microtasks++) {
      const recorder = new Recorder(0.05);
      recorder.wait();
      recorder.wait();
      await recorder.settled();
      await recorder.ringFirst();
      recorder.time += 1;
      const { polls } = recorder;
      recorder.onPoll.set(polls + 1, () => {
        recorder.waiters--;
        (async () => {
          for (let count = 0; count < microtasks; count++) await undefined;
          recorder.wait();
        })();
        return 1;
      });
      recorder.ring();
      await recorder.settled();
      assertEquals(recorder.waiters, 2);
      assertEquals([recorder.polls, recorder.armed], [polls + 1, "ref"], `${microtasks}`);
    }
  });

  it("sleeps again after a ring for no reason", async () => {
    const recorder = new Recorder();
    recorder.wait();
    await recorder.settled();
    recorder.ring();
    assertEquals([recorder.polls, recorder.arms, recorder.armed], [2, 2, "ref"]);
  });

  for (let last = 1; last <= 1 + pollsAfterEvent; last++) {
    for (const [how, events] of [["with an event", 1], ["without one", 0]] as const) {
      it(`becomes idle when poll ${last} ends the last wait ${how}`, async () => {
        const recorder = new Recorder();
        recorder.onPoll.set(1, () => 1);
        recorder.onPoll.set(last, () => {
          recorder.endWaits();
          return events;
        });
        recorder.wait();
        await recorder.settled();
        assertEquals([recorder.armed, recorder.idles], [undefined, 1]);
        recorder.wait();
        await recorder.settled();
        assertEquals(recorder.armed, "ref");
      });
    }

    it(`leaves the doorbell alone when poll ${last} closes the driver`, async () => {
      const recorder = new Recorder();
      recorder.onPoll.set(1, () => 1);
      recorder.onPoll.set(last, () => {
        recorder.waiters = 0;
        recorder.driver.close();
        return 0;
      });
      recorder.wait();
      await recorder.settled();
      assertEquals([recorder.arms, recorder.polls], [0, last]);
    });
  }

  it("becomes idle when the last wait ends while it sleeps", async () => {
    const recorder = new Recorder();
    recorder.wait();
    await recorder.settled();
    recorder.endWaits();
    assertEquals([recorder.armed, recorder.idles], [undefined, 1]);
  });

  it("polls once for a wait that begins while it sleeps, and leaves the doorbell armed", async () => {
    const recorder = new Recorder();
    recorder.wait();
    await recorder.settled();
    const { polls, arms } = recorder;
    recorder.wait();
    await recorder.settled();
    assertEquals([recorder.polls, recorder.arms, recorder.armed], [polls + 1, arms, "ref"]);
  });

  it("processes at most 64 events from microtasks per event loop turn", async () => {
    const recorder = new Recorder();
    recorder.onOtherPoll = () => 1;
    recorder.wait();
    await turn();
    for (let turns = 0; turns < 100; turns++) {
      const { polls } = recorder;
      await turn();
      assertLessOrEqual(recorder.polls - polls, 2 * (64 + 1));
    }
    assertGreater(recorder.polls, 100);
    recorder.driver.close();
  });

  it("lets the event loop turn while all waits resolve at once, and begin again", async () => {
    const recorder = new Recorder();
    recorder.onOtherPoll = () => {
      recorder.waiters = 0;
      // Resumed tasks wait again some microtasks later.
      Promise.resolve().then(() => {}).then(() => recorder.wait());
      return 100;
    };
    recorder.wait();
    for (let turns = 0; turns < 100; turns++) await turn();
    assertGreater(recorder.polls, 10);
    recorder.driver.close();
  });

  it("lets the event loop turn while waits begin again some microtasks later", async () => {
    for (let microtasks = 0; microtasks < 50; microtasks++) {
      const recorder = new Recorder();
      recorder.onOtherPoll = () => {
        recorder.endWaits();
        (async () => {
          for (let count = 0; count < microtasks; count++) await undefined;
          recorder.wait();
        })();
        return 1;
      };
      recorder.wait();
      for (let turns = 0; turns < 10; turns++) await turn();
      assertGreater(recorder.polls, 0);
      recorder.driver.close();
    }
  });

  it("doesn't sleep before the time to poll is over", async () => {
    const recorder = new Recorder(5);
    for (let poll = 1; poll <= 3; poll++) recorder.onPoll.set(poll, () => 1);
    recorder.wait();
    await recorder.settled();
    recorder.time += 4;
    await recorder.settled();
    assertEquals(recorder.armed, undefined);
    recorder.time += 1;
    await recorder.settled();
    assertEquals(recorder.armed, "ref");
  });

  it("lets the event loop turn when events take long", async () => {
    const recorder = new Recorder();
    recorder.onOtherPoll = () => {
      recorder.time += 1;
      return 1;
    };
    recorder.wait();
    await recorder.settled();
    for (let turns = 0; turns < 100; turns++) {
      const { polls } = recorder;
      await turn();
      // Another turn of the driver may come before this one, and one after it.
      assertLessOrEqual(recorder.polls - polls, 2);
    }
    recorder.driver.close();
  });

  for (const [how, clock] of [["stands still", () => 4711], ["is set back", () => 0]] as const) {
    it(`sleeps although the program's clock ${how}`, async () => {
      const recorder = new Recorder(5, now);
      const original = performance.now;
      for (let poll = 1; poll <= 3; poll++) recorder.onPoll.set(poll, () => 1);
      recorder.wait();
      performance.now = clock;
      try {
        while (recorder.armed === undefined) await turn();
      } finally {
        performance.now = original;
      }
    });
  }

  it("causes no event loop turns for waits without a ref", async () => {
    const recorder = new Recorder(1000);
    recorder.refs = false;
    for (let poll = 1; poll <= 3; poll++) recorder.onPoll.set(poll, () => 1);
    recorder.wait();
    for (let microtask = 0; microtask < 100; microtask++) await undefined;
    assertEquals(recorder.armed, "unref");
  });

  it("keeps the process alive once a wait with a ref begins or ends", async () => {
    const recorder = new Recorder();
    recorder.refs = false;
    recorder.wait();
    await recorder.settled();
    assertEquals(recorder.armed, "unref");
    recorder.refs = true;
    recorder.wait();
    assertEquals(recorder.armed, "ref");
    await recorder.settled();
    recorder.refs = false;
    recorder.driver.updateRef();
    assertEquals(recorder.armed, "unref");
  });

  it("lets the process exit while it polls for waits without a ref", async () => {
    using fds = new Fds();
    const recorder = new Recorder();
    recorder.driver.onRegistered(fds.own(open("/proc/self/mounts", O_RDONLY)));
    recorder.wait();
    await recorder.settled();
    recorder.onOtherPoll = () => {
      recorder.refs = false;
      return 100;
    };
    recorder.ring();
    const { polls } = recorder;
    await until(() => recorder.polls > polls + 10, () => new Error("it doesn't poll"));
    assertEquals([recorder.armed, recorder.isRef], [undefined, false]);
    recorder.driver.close();
  });

  for (const seed of [1, 2, 3, 4]) {
    it(`arms only after an empty poll if a file reports once: seed ${seed}`, async () => {
      using fds = new Fds();
      const random = new Random(seed);
      const recorder = new OnceRecorder(random, seed % 2);
      recorder.driver.onRegistered(fds.own(open("/proc/self/mounts", O_RDONLY)));
      for (let count = 0; count < 100_000 && recorder.arms < 50; count++) {
        if (random.below(8) === 0) {
          recorder.refs = !recorder.refs;
          recorder.driver.updateRef();
        }
        if (random.below(8) === 0) recorder.endWaits();
        else recorder.wait();
        await turn();
        if (recorder.armed !== undefined) recorder.ring();
      }
      recorder.wait();
      await until(
        () => recorder.armed !== undefined || recorder.waiters === 0,
        () => new Error("it never sleeps"),
      );
      // The driver catches what the doorbell throws.
      assertEquals(recorder.failure, undefined);
      assertGreaterOrEqual(recorder.arms, 50);
      recorder.driver.close();
    });
  }

  it("arms the doorbell again for the next wait after it failed", async () => {
    const recorder = new Recorder();
    recorder.wait();
    await recorder.settled();
    recorder.listener!.onFailure("broken");
    assertEquals([recorder.failure, recorder.armed], ["broken", undefined]);
    recorder.wait();
    await recorder.settled();
    assertEquals(recorder.armed, "ref");
  });
});
