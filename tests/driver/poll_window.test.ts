/** The time to poll adapts to the events. All times are made up. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { PollWindow } from "../../src/driver/poll_window.ts";

/** The longest time to poll, and the delay of a doorbell, in ms. */
const max = 0.05;
const latency = 0.03;

/**
 * Events that come at chosen times after the last one, and the polling and sleeping between them.
 */
class Timeline {
  readonly window: PollWindow;
  #time = 1000;
  /** The time spent polling, in ms. */
  polled = 0;
  /** Events that the doorbell had to report. */
  rings = 0;

  constructor(longest = max) {
    this.window = new PollWindow(longest);
  }

  /** An event comes `milliseconds` after the last one. */
  event(milliseconds: number): void {
    const { length } = this.window;
    if (milliseconds < length) {
      this.#time += milliseconds;
      this.polled += milliseconds;
      this.window.grow();
    } else {
      this.window.sleep(this.#time, this.#time + length);
      this.#time += milliseconds + latency;
      this.polled += length;
      this.rings++;
      this.window.wake(this.#time);
    }
  }

  events(count: number, milliseconds: number): void {
    for (let event = 0; event < count; event++) this.event(milliseconds);
  }

  /** Learns the delay of the doorbell, and then that events are rare. */
  learn(): void {
    this.event(0);
    this.events(2, 1000);
    this.polled = this.rings = 0;
  }
}

describe("PollWindow", () => {
  it("is closed at first", () => {
    const window = new PollWindow(max);
    assertEquals([window.isOpen, window.length], [false, 0]);
  });

  it("grows to the longest time when events follow each other at once", () => {
    const timeline = new Timeline();
    timeline.learn();
    timeline.events(4, 0.001);
    assertEquals([timeline.window.length, timeline.rings], [max, 1]);
  });

  it("grows until it catches events that come just within the longest time", () => {
    const timeline = new Timeline();
    timeline.learn();
    timeline.events(5, max * 0.9);
    timeline.rings = 0;
    timeline.events(100, max * 0.9);
    assertEquals(timeline.rings, 0);
  });

  it("closes at the first event that comes late", () => {
    const timeline = new Timeline();
    timeline.learn();
    timeline.events(10, 0.001);
    timeline.event(1);
    assertEquals([timeline.window.isOpen, timeline.window.length], [false, 0]);
  });

  it("doesn't poll for events that come once in a millisecond", () => {
    const timeline = new Timeline();
    timeline.learn();
    timeline.events(1000, 1);
    assertEquals([timeline.polled, timeline.rings], [0, 1000]);
  });

  it("hardly polls for events that always come a little too late", () => {
    const timeline = new Timeline();
    timeline.learn();
    timeline.events(800, 4 * max);
    assertEquals(timeline.rings, 800);
    assertEquals(timeline.polled / (800 * 4 * max) < 0.02, true);
  });

  it("opens again on a busy machine, where the doorbell itself is late", () => {
    const timeline = new Timeline();
    timeline.learn();
    // Each event is there when the driver goes to sleep.
    for (let event = 0; event < 8 && !timeline.window.isOpen; event++) timeline.event(0.2);
    assertEquals(timeline.window.isOpen, true);
  });

  it("opens for events that follow each other at once even if the longest time is 0", () => {
    const timeline = new Timeline(0);
    timeline.learn();
    assertEquals(timeline.window.isOpen, false);
    timeline.event(0.001);
    assertEquals([timeline.window.isOpen, timeline.window.length], [true, 0]);
  });

  it("polls without end if the longest time is Infinity", () => {
    const window = new PollWindow(Infinity);
    window.grow();
    assertEquals(window.length, Infinity);
  });
});
