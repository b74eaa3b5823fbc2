/** Pauses between turns. All times are made up, in ms. */

import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { runtimeParts } from "../../src/driver/runtime_parts.ts";
import { TurnPause } from "../../src/driver/turn_pause.ts";
import { currentRuntime } from "../../src/runtime/runtime.ts";
import { turn } from "../support/event_loop.ts";
import { describeUnless } from "../support/skip.ts";

const kind = runtimeParts[currentRuntime()].pause;
const reason = kind === undefined ? "this runtime's event loop needs no pauses" : undefined;

describeUnless(reason, "TurnPause", () => {
  it("is due after 20 ms of turns, and not before", () => {
    const pause = new TurnPause();
    for (let time = 100; time < 120; time++) {
      assertEquals(pause.isDueAt(time), false);
      pause.countTurn(time);
    }
    assertEquals(pause.isDueAt(120), true);
  });

  it("isn't due after a reset", () => {
    const pause = new TurnPause();
    pause.countTurn(100);
    pause.reset();
    assertEquals(pause.isDueAt(200), false);
  });

  it("isn't due after many quick turns where those suffice", () => {
    const pause = new TurnPause();
    let due = 0;
    for (let time = 100; time < 1000; time += 0.1) {
      if (pause.isDueAt(time)) due++;
      pause.countTurn(time);
    }
    assertEquals(due > 0, kind!.sufficientTurns === Infinity);
  });

  it("resumes in a later turn, and isn't due then", async () => {
    const pause = new TurnPause();
    pause.countTurn(100);
    let resumed = false;
    pause.start(() => resumed = true);
    assertEquals(resumed, false);
    while (!resumed) await turn();
    assertEquals(pause.isDueAt(200), false);
  });

  it("resumes everything that pauses at the same time", async () => {
    let resumed = 0;
    for (let count = 0; count < 10; count++) new TurnPause().start(() => resumed++);
    while (resumed < 10) await turn();
    assertEquals(resumed, 10);
  });
});
