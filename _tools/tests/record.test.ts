/** Recording figures for docs/reliability.md. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { runtime } from "../../tests/support/programs.ts";
import { record, type Recorded } from "../../tests/support/record.ts";
import { TemporaryFolder } from "../../tests/support/temporary_folder.ts";

function recorded(folder: TemporaryFolder): Recorded {
  const [name, ...others] = readdirSync(folder.path);
  assertEquals([name, others], [`load_${runtime}.json`, []]);
  return JSON.parse(readFileSync(`${folder.path}/${name}`, "utf8"));
}

/** Writes the file of an earlier process, with `changes`. */
function leaveEarlier(folder: TemporaryFolder, changes: Partial<Recorded>): void {
  record("load", "uring", { events: 0 }, folder.path);
  const earlier = { ...recorded(folder), ...changes };
  writeFileSync(`${folder.path}/load_${runtime}.json`, JSON.stringify(earlier));
}

describe("record()", () => {
  it("adds up the figures of each driver", () => {
    using folder = new TemporaryFolder();
    record("load", "uring", { events: 5, lost: 0 }, folder.path);
    record("load", "thread", { events: 7, lost: 1 }, folder.path);
    record("load", "uring", { events: 6, lost: 2 }, folder.path);
    const { trial, runtime: of, drivers } = recorded(folder);
    assertEquals([trial, of], ["load", runtime]);
    assertEquals(drivers, { uring: { events: 11, lost: 2 }, thread: { events: 7, lost: 1 } });
  });

  it("replaces the figures of the same driver from an earlier process", () => {
    using folder = new TemporaryFolder();
    leaveEarlier(folder, { drivers: { manual: { events: 100 }, thread: { events: 100 } } });
    record("load", "thread", { events: 7 }, folder.path);
    assertEquals(recorded(folder).drivers, { manual: { events: 100 }, thread: { events: 7 } });
  });

  it("replaces the figures of another version or machine", () => {
    for (const changes of [{ version: "0.0.1" }, { host: "an abacus" }]) {
      using folder = new TemporaryFolder();
      leaveEarlier(folder, { ...changes, drivers: { manual: { events: 100 } } });
      record("load", "thread", { events: 7 }, folder.path);
      assertEquals(recorded(folder).drivers, { thread: { events: 7 } });
    }
  });
});
