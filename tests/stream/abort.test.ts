/** Aborting a read. */

import { assertEquals } from "@std/assert";
import { FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describeForDrivers("an FdStream", (it) => {
  it("loses no byte when a read is aborted", async ({ manager }) => {
    const [from, to] = os.pipe();
    using reader = new FdStream(from, { manager });
    using writer = new FdStream(to, { manager });
    const buffer = new Uint8Array(8);
    let received = 0;
    for (let round = 0; round < 50; round++) {
      const controller = new AbortController();
      const reading = reader.read(buffer, controller).catch((reason) => reason);
      if (round % 2 === 0) await writer.writeAll(bytes(round));
      controller.abort("stop");
      if (round % 2 === 1) await writer.writeAll(bytes(round));
      const result = await reading;
      if (result === "stop") assertEquals(await reader.read(buffer), 1);
      else assertEquals(result, 1);
      assertEquals(buffer[0], round);
      received++;
    }
    assertEquals(received, 50);
    const aborted = AbortSignal.abort("before");
    await writer.writeAll(bytes(1));
    assertEquals(
      await reader.read(buffer, { signal: aborted }).catch((reason) => reason),
      "before",
    );
    assertEquals(await reader.read(buffer), 1);
  });
});
