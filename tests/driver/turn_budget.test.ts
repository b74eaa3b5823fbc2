/** The limits of a turn. All times are made up. */

import { assertEquals, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { TurnBudget } from "../../src/driver/turn_budget.ts";

/** A clock that only the program's work advances. */
class Work {
  time = 1000;
  readonly budget = new TurnBudget(() => this.time);

  /** How many events fit into a turn that begins now, each with `milliseconds` of work. */
  countEvents(milliseconds: number): number {
    this.budget.begin(this.time);
    for (let events = 1;; events++) {
      this.time += milliseconds;
      this.budget.spend(1);
      if (this.budget.isOver) return events;
    }
  }
}

describe("TurnBudget", () => {
  it("is over after so many events, found together or one by one", () => {
    const { budget, time } = new Work();
    for (const [each, polls] of [[1, 64], [16, 4], [1000, 1]] as const) {
      budget.begin(time);
      for (let poll = 1; poll <= polls; poll++) {
        assertEquals(budget.isOver, false);
        budget.spend(each);
      }
      assertEquals(budget.isOver, true);
    }
  });

  it("counts a poll that finds nothing as an event", () => {
    const { budget, time } = new Work();
    budget.begin(time);
    for (let poll = 0; poll < 64; poll++) budget.spend(0);
    assertEquals(budget.isOver, true);
  });

  it("isUnused until something is spent, and again in the next turn", () => {
    const { budget, time } = new Work();
    assertEquals(budget.isUnused, true);
    budget.spend(0);
    assertEquals(budget.isUnused, false);
    budget.begin(time);
    assertEquals(budget.isUnused, true);
  });

  it("is over after one event that takes longer than a turn may", () => {
    const work = new Work();
    work.countEvents(1);
    for (let turn = 0; turn < 5; turn++) assertEquals(work.countEvents(1), 1);
  });

  it("is over soon after events become slow", () => {
    const work = new Work();
    work.countEvents(0);
    assertLessOrEqual(work.countEvents(1), 8);
  });

  it("has all its events again once they are quick", () => {
    const work = new Work();
    work.countEvents(1);
    work.countEvents(0.001);
    assertEquals(work.countEvents(0.001), 64);
  });
});
