/** The limit on a user's registrations, for all processes together. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { SystemError } from "../../mod.ts";
import { describeForDrivers, drivers } from "../support/drivers.ts";
import { ENOSPC } from "../support/errnos.ts";
import { failing } from "../support/faults.ts";
import { poke } from "../support/fds.ts";
import { run } from "../support/programs.ts";
import { reportSkip } from "../support/skip.ts";
import { rejection } from "../support/waits.ts";

const setting = "/proc/sys/fs/epoll/max_user_watches";

/** Low enough to be reached quickly, and more than other programs on the machine probably need. */
const low = 100_000;

/** Lowers the limit of all users. Disposing of the result restores it. */
function lowerLimit(): Disposable {
  const usual = readFileSync(setting, "utf8");
  writeFileSync(setting, String(Math.min(low, Number(usual))));
  return { [Symbol.dispose]: () => writeFileSync(setting, usual) };
}

/** The reason not to change the setting, or undefined. */
function reluctance(): string | undefined {
  if (!process.env.FDREADY_TEST_SYSTEM) return "FDREADY_TEST_SYSTEM isn't set";
  try {
    lowerLimit()[Symbol.dispose]();
  } catch (error) {
    return String(error);
  }
}

const reason = reluctance();
if (reason !== undefined) reportSkip("the real limit of registrations", reason);

describeForDrivers("waitReadable() when there are no registrations left", (it) => {
  it("rejects with the name of the setting, and harms no other wait", async ({ manager, fds }) => {
    const [a, b] = fds.socketpair();
    const unharmed = manager.waitReadable(a);
    {
      using _fault = failing("epoll_ctl", ENOSPC, (_epoll, operation) => operation === 1);
      const error = await rejection(manager.waitReadable(b), SystemError);
      assertEquals(error.code, "ENOSPC");
      assertStringIncludes(error.message, setting);
    }
    await manager.waitWritable(b);
    poke(b);
    await unharmed;
  });
});

describeForDrivers("waitReadable() at the real limit of registrations", (it, driver) => {
  it("rejects with ENOSPC and the name of the setting, and other waits continue", async () => {
    using _limit = lowerLimit();
    const { code, output } = await run("watch_limit", { args: [driver, `${low}`] });
    assertEquals(code, 0, output);
    const { refused, newcomer, ...rest } = JSON.parse(output);
    assertStringIncludes(refused, "ENOSPC epoll_ctl");
    assertStringIncludes(refused, setting);
    assertStringIncludes(newcomer, "ENOSPC epoll_ctl");
    assertEquals(rest, { leaked: 0, kept: "resolved", again: "resolved", after: "resolved" });
  });
}, reason === undefined ? drivers : []);
