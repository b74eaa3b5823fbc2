/** The choice of a doorbell, and the calls that it receives. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CurrentDoorbell } from "../../src/driver/current_doorbell.ts";
import type {
  Doorbell,
  DoorbellFactory,
  DoorbellListener,
  DoorbellName,
} from "../../src/driver/doorbell.ts";
import { systemError } from "../../src/ffi/errors.ts";
import { EMFILE } from "../support/errnos.ts";

/** Makes doorbells that record their calls, and fail on request. */
class Workshop {
  readonly calls: string[] = [];
  readonly listeners: DoorbellListener[] = [];
  /** The call that fails, for example `"create uring"`. */
  broken = "";
  readonly heard: unknown[] = [];
  readonly listener: DoorbellListener = {
    onReady: () => this.heard.push("ready"),
    onFailure: (error) => this.heard.push(error),
  };

  /** The result of each close. */
  closed: () => Promise<void> = () => Promise.resolve();

  factory(name: DoorbellName): DoorbellFactory {
    const call = (what: string) => {
      this.calls.push(`${what} ${name}`);
      if (this.broken === `${what} ${name}`) throw systemError(EMFILE, what);
    };
    const createDoorbell = (_fd: number, listener: DoorbellListener): Doorbell => {
      call("create");
      this.listeners.push(listener);
      return {
        arm: (ref) => call(ref ? "arm" : "arm unref"),
        setRef: (ref) => call(ref ? "ref" : "unref"),
        disarm: () => call("disarm"),
        isInternal: (fd) => fd === this.listeners.length,
        close: () => {
          call("close");
          return this.closed();
        },
      };
    };
    return { name, createDoorbell };
  }

  open(...names: DoorbellName[]): CurrentDoorbell {
    return new CurrentDoorbell(7, this.listener, names.map((name) => this.factory(name)));
  }

  /** The calls since the last time. */
  takeCalls(): string[] {
    return this.calls.splice(0);
  }
}

describe("CurrentDoorbell", () => {
  it("uses the first doorbell that works", () => {
    const workshop = new Workshop();
    assertEquals(workshop.open("uring", "thread").name, "uring");
    workshop.broken = "create uring";
    assertEquals(workshop.open("uring", "thread").name, "thread");
  });

  it("throws the error of the last doorbell if none works", () => {
    const workshop = new Workshop();
    workshop.broken = "create thread";
    assertThrows(() => workshop.open("thread"), Error, "EMFILE");
  });

  it("arms the doorbell once until it rings", () => {
    const workshop = new Workshop();
    const doorbell = workshop.open("thread");
    doorbell.arm(true);
    doorbell.arm(true);
    assertEquals(workshop.takeCalls(), ["create thread", "arm thread"]);
    assertEquals(doorbell.isArmed, true);
    workshop.listeners[0]!.onReady();
    assertEquals([doorbell.isArmed, workshop.heard], [false, ["ready"]]);
    doorbell.arm(false);
    assertEquals(workshop.takeCalls(), ["arm unref thread"]);
    assertEquals([doorbell.isArmed, doorbell.isUnref], [true, true]);
  });

  it("changes the ref only while it is armed, and only if it differs", () => {
    const workshop = new Workshop();
    const doorbell = workshop.open("thread");
    doorbell.setRef(true);
    doorbell.arm(false);
    doorbell.setRef(false);
    doorbell.setRef(true);
    doorbell.setRef(true);
    assertEquals(workshop.takeCalls(), ["create thread", "arm unref thread", "ref thread"]);
    assertEquals(doorbell.isUnref, false);
  });

  it("disarms a doorbell that is armed or keeps the process alive", () => {
    const workshop = new Workshop();
    const doorbell = workshop.open("thread");
    doorbell.disarm();
    doorbell.arm(false);
    doorbell.disarm();
    doorbell.disarm();
    doorbell.arm(true);
    workshop.listeners[0]!.onReady();
    doorbell.disarm();
    assertEquals(
      workshop.takeCalls(),
      ["create thread", "arm unref thread", "disarm thread", "arm thread", "disarm thread"],
    );
  });

  it("replaces a doorbell that fails while it is armed, and arms the next one", async () => {
    const workshop = new Workshop();
    const doorbell = workshop.open("uring", "thread");
    doorbell.arm(true);
    workshop.listeners[0]!.onFailure("broken");
    assertEquals([doorbell.name, doorbell.isArmed, workshop.heard], ["thread", true, []]);
    assertEquals(
      workshop.takeCalls(),
      ["create uring", "arm uring", "close uring", "create thread", "arm thread"],
    );
    await doorbell.close();
    assertEquals(workshop.takeCalls(), ["close thread"]);
  });

  it("close() waits for each doorbell that was replaced, and reports its error", async () => {
    const workshop = new Workshop();
    const closings: PromiseWithResolvers<void>[] = [];
    workshop.closed = () => {
      closings.push(Promise.withResolvers<void>());
      return closings.at(-1)!.promise;
    };
    const doorbell = workshop.open("uv", "uring", "thread");
    doorbell.arm(true);
    for (const listener of [0, 1]) workshop.listeners[listener]!.onFailure("broken");
    let isClosed = false;
    const closing = doorbell.close().finally(() => isClosed = true);
    for (const index of [2, 1]) closings[index]!.resolve();
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(isClosed, false);
    closings[0]!.reject(new Error("not closed"));
    await assertRejects(() => closing, Error, "not closed");
  });

  it("ignores a doorbell that was replaced", () => {
    const workshop = new Workshop();
    const doorbell = workshop.open("uring", "thread");
    doorbell.arm(true);
    workshop.listeners[0]!.onFailure("broken");
    workshop.listeners[0]!.onReady();
    workshop.listeners[0]!.onFailure("broken again");
    assertEquals([doorbell.name, doorbell.isArmed, workshop.heard], ["thread", true, []]);
  });

  it("replaces a doorbell that can't be armed", () => {
    const workshop = new Workshop();
    const doorbell = workshop.open("uring", "thread");
    workshop.broken = "arm uring";
    doorbell.arm(true);
    assertEquals([doorbell.name, doorbell.isArmed, workshop.heard], ["thread", true, []]);
  });

  it("replaces a doorbell that failed while it was not armed, when it is armed next", () => {
    const workshop = new Workshop();
    const doorbell = workshop.open("uring", "thread");
    workshop.listeners[0]!.onFailure("broken");
    assertEquals(doorbell.name, "thread");
    assertEquals(workshop.takeCalls(), ["create uring", "close uring"]);
    doorbell.arm(true);
    assertEquals(workshop.takeCalls(), ["create thread", "arm thread"]);
  });

  it("reports a failure of the last doorbell while it is armed, and can be armed again", () => {
    const workshop = new Workshop();
    const doorbell = workshop.open("thread");
    doorbell.arm(true);
    workshop.listeners[0]!.onFailure("broken");
    assertEquals([doorbell.isArmed, workshop.heard], [false, ["broken"]]);
    doorbell.arm(true);
    assertEquals(
      workshop.takeCalls(),
      ["create thread", "arm thread", "disarm thread", "arm thread"],
    );
  });

  it("reports that the last doorbell can't be created, and tries again when it is armed", () => {
    const workshop = new Workshop();
    const doorbell = workshop.open("uring", "thread");
    doorbell.arm(true);
    workshop.broken = "create thread";
    workshop.listeners[0]!.onFailure("broken");
    assertEquals(doorbell.isArmed, false);
    assertEquals(workshop.heard.map((error) => (error as { code: string }).code), ["EMFILE"]);
    workshop.broken = "";
    doorbell.arm(true);
    assertEquals([doorbell.isArmed, workshop.heard.length], [true, 1]);
  });

  it("doesn't report a failure while it is not armed", () => {
    const workshop = new Workshop();
    const doorbell = workshop.open("thread");
    workshop.listeners[0]!.onFailure("broken");
    workshop.broken = "disarm thread";
    doorbell.arm(true);
    doorbell.disarm();
    assertEquals([doorbell.isArmed, workshop.heard], [false, []]);
  });

  it("replaces nothing after close()", async () => {
    const workshop = new Workshop();
    const doorbell = workshop.open("uring", "thread");
    doorbell.arm(true);
    await doorbell.close();
    workshop.listeners[0]!.onFailure("broken");
    assertEquals(workshop.takeCalls(), ["create uring", "arm uring", "close uring"]);
    assertEquals(workshop.heard, []);
  });
});
