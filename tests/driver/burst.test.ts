/** When the driver arms its doorbell, told by a manager and a doorbell that only take notes. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { BurstDriver } from "../../src/driver/burst.ts";
import type { Doorbell, DoorbellListener } from "../../src/driver/doorbell.ts";
import { turn } from "../support/turns.ts";

class Notes implements Doorbell {
  readonly name = "thread";
  armed = false;
  closed = false;
  polls = 0;
  rests = 0;
  waiters = 0;
  held = true;
  failure: unknown;
  ring: DoorbellListener | undefined;
  /** What the poll of that number does. */
  readonly onPoll = new Map<number, () => number>();
  readonly driver: BurstDriver = new BurstDriver(
    {
      fd: -1,
      waiting: () => this.waiters > 0,
      held: () => this.held,
      poll: () => this.onPoll.get(++this.polls)?.() ?? 0,
      fail: (error) => {
        this.failure = error;
        this.waiters = 0;
        this.driver.stop();
      },
      rested: () => this.rests++,
    },
    0,
    (_fd, listener) => {
      this.ring = listener;
      return this;
    },
  );

  arm(): void {
    assertEquals(this.closed, false, "armed after its close");
    this.armed = true;
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
