/** When the driver arms its doorbell, told by a manager and a doorbell that only take notes. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { BurstDriver } from "../../src/driver/burst.ts";
import type { Doorbell, DoorbellListener } from "../../src/driver/doorbell.ts";
import type { Pollable } from "../../src/driver/driver.ts";
import { sleep, turn } from "../support/event_loop.ts";

class Notes implements Doorbell {
  readonly name = "thread";
  armed = false;
  arms = 0;
  /** What a poll does that has nothing of its own. */
  always: () => number = () => 0;
  closed = false;
  polls = 0;
  rests = 0;
  waiters = 0;
  held = true;
  failure: unknown;
  ring: DoorbellListener | undefined;
  /** What the poll of that number does. */
  readonly onPoll = new Map<number, () => number>();
  readonly driver: BurstDriver;

  /** `busyPoll` is in ms. */
  constructor(busyPoll = 0) {
    const manager: Pollable = {
      fd: -1,
      waiting: () => this.waiters > 0,
      held: () => this.held,
      poll: () => (this.onPoll.get(++this.polls) ?? this.always)(),
      fail: (error) => {
        this.failure = error;
        this.waiters = 0;
        this.driver.stop();
      },
      rested: () => this.rests++,
    };
    this.driver = new BurstDriver(manager, busyPoll, (_fd, listener) => {
      this.ring = listener;
      return this;
    });
  }

  arm(): void {
    assertEquals(this.closed, false, "armed after its close");
    this.armed = true;
    this.arms++;
  }

  hold(): void {}

  disarm(): void {
    assertEquals(this.closed, false, "disarmed after its close");
    this.armed = false;
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

  async asleep(): Promise<void> {
    for (let turns = 0; turns < 5; turns++) await turn();
  }
}

/** Polls in a row that find nothing before the driver sleeps: from microtasks, then in a turn. */
const pollsBeforeSleep = 3;

describe("the doorbell", () => {
  it("is armed once there is nothing to do", async () => {
    const notes = new Notes();
    notes.wait();
    await notes.asleep();
    assertEquals(notes.polls, pollsBeforeSleep);
    assertEquals(notes.armed, true);
  });

  for (let last = 1; last <= pollsBeforeSleep; last++) {
    for (const [how, found] of [["finding", 1], ["failing and finding", 0]] as const) {
      it(`isn't armed for nobody, when poll ${last} ends the last wait, ${how} ${found}`, async () => {
        const notes = new Notes();
        notes.onPoll.set(last, () => {
          notes.waiters = 0;
          notes.driver.stop();
          return found;
        });
        notes.wait();
        await notes.asleep();
        assertEquals(notes.armed, false);
        assertEquals(notes.rests, 1);
        // And it can be begun anew.
        notes.wait();
        await notes.asleep();
        assertEquals(notes.armed, true);
      });
    }

    it(`isn't touched any more, when poll ${last} closes the driver`, async () => {
      const notes = new Notes();
      notes.onPoll.set(last, () => {
        notes.waiters = 0;
        notes.driver.close();
        return 0;
      });
      notes.wait();
      await notes.asleep();
      assertEquals(notes.armed, false);
    });
  }

  it("stays armed while a wait that begins meanwhile looks whether its event is there", async () => {
    const notes = new Notes();
    notes.wait();
    await notes.asleep();
    const { polls, arms } = notes;
    notes.wait();
    for (let microtask = 0; microtask < 20; microtask++) await undefined;
    assertEquals(notes.polls, polls + 2);
    await notes.asleep();
    assertEquals([notes.polls, notes.arms, notes.armed], [polls + 2, arms, true]);
    notes.ring!.onRing();
    await notes.asleep();
    assertEquals([notes.arms, notes.armed], [arms + 1, true]);
  });

  it("gets its turn beside a manager that always has events", async () => {
    const notes = new Notes();
    notes.always = () => 1;
    notes.wait();
    const until = performance.now() + 10_000;
    while (!notes.armed && performance.now() < until) await turn();
    assertEquals(notes.armed, true);
    // Nothing keeps it from its sleep, not even waits that begin.
    const { polls } = notes;
    notes.wait();
    await notes.asleep();
    assertEquals(notes.polls, polls);
    notes.ring!.onRing();
    await turn();
    assertEquals(notes.polls > polls, true);
    notes.driver.close();
  });

  it("whose turn was due once, though nobody waited, keeps no later wait from being looked at", async () => {
    const notes = new Notes();
    // The last wait has ended by the time that the turns have been too long.
    const until = performance.now() + 5;
    for (let poll = 1; poll <= 64; poll++) {
      notes.onPoll.set(poll, () => {
        if (poll < 64) return 1;
        while (performance.now() < until);
        notes.waiters = 0;
        return 1;
      });
    }
    notes.wait();
    while (notes.waiters > 0) await undefined;
    await undefined;
    notes.wait();
    await notes.asleep();
    assertEquals(notes.armed, true);
    // For so long it lets the event loop look at all else.
    await sleep(3);
    const { polls } = notes;
    notes.wait();
    for (let microtask = 0; microtask < 20; microtask++) await undefined;
    assertEquals(notes.polls, polls + 2);
  });

  it("gets its turn beside waits that are all resolved at once, and begin anew", async () => {
    const notes = new Notes();
    const again = (): number => {
      notes.waiters = 0;
      // What has been resumed waits again some microtasks later.
      Promise.resolve().then(() => {}).then(() => notes.wait());
      return 100;
    };
    notes.always = again;
    notes.wait();
    const until = performance.now() + 10_000;
    while (!notes.armed && performance.now() < until) await turn();
    assertEquals(notes.armed, true);
    notes.driver.close();
  });

  it("isn't armed before the time to poll is over, whatever poll has found the last event", async () => {
    for (let poll = 1; poll <= pollsBeforeSleep; poll++) {
      const notes = new Notes(50);
      notes.onPoll.set(poll, () => 1);
      notes.wait();
      const until = performance.now() + 40;
      while (performance.now() < until) {
        await turn();
        if (performance.now() < until) assertEquals(notes.armed, false, `found by poll ${poll}`);
      }
      const limit = performance.now() + 10_000;
      while (!notes.armed && performance.now() < limit) await turn();
      assertEquals(notes.armed, true);
    }
  });

  const clocks: Record<string, () => number> = {
    "stands still": () => 4711,
    "is set back": () => 0,
  };
  for (const [how, clock] of Object.entries(clocks)) {
    it(`is armed although the clock ${how}`, async () => {
      const notes = new Notes(50_000);
      const { now } = performance;
      notes.onPoll.set(1, () => 1);
      notes.wait();
      for (let turns = 0; turns < 3; turns++) await turn();
      performance.now = clock;
      try {
        for (let turns = 0; turns < 2000 && !notes.armed; turns++) await turn();
      } finally {
        performance.now = now;
      }
      assertEquals(notes.armed, true);
    });
  }

  it("that fails is armed again for the next wait", async () => {
    const notes = new Notes();
    notes.wait();
    await notes.asleep();
    notes.ring!.onFailure("broken");
    assertEquals(notes.failure, "broken");
    notes.armed = false;
    notes.wait();
    await notes.asleep();
    assertEquals(notes.armed, true);
  });
});
