/** A TCP server, with clients in another process. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { serve } from "../../examples/tcp_echo.ts";
import { FdStream, SystemError } from "../../mod.ts";
import { close, listenTcp, localPort } from "../../src/os/mod.ts";
import { countFds, Fds, noMoreFdsThan } from "../support/fds.ts";
import { connectTo, resetOnClose } from "../support/libc.ts";
import { matching, outcome, run, start } from "../support/programs.ts";
import { scaled } from "../support/scale.ts";

/** How many bytes each client sends. */
const bytes = scaled(20_000);

describe("examples/tcp_echo.ts", () => {
  it("returns all bytes to 1,000 clients at once", async () => {
    const server = start("../../examples/tcp_echo", {
      args: ["127.0.0.1", "0"],
      permissions: ["--allow-ffi"],
    });
    const ended = outcome(server);
    const [, port] = await matching(server, /listening on port (\d+)\n/);
    const result = await run("echo_load", { args: [port!, "1000", String(bytes)] });
    const output = `1000 clients got ${1000 * bytes} bytes back\n`;
    assertEquals(result, { code: 0, signal: null, output });
    server.kill();
    // It prints nothing about them.
    assertEquals((await ended).output, `listening on port ${port}\n`);
  });

  it("survives reset connections, and ends on an abort", async () => {
    using fds = new Fds();
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    const controller = new AbortController();
    let onError: (error: unknown) => void = () => {};
    const nextError = () => new Promise<unknown>((resolve) => onError = resolve);
    const serving = serve(listener, {
      signal: controller.signal,
      onError: (error) => onError(error),
    });
    const ended = assertRejects(() => serving, Error, "closing time");
    const echo = async () => {
      using client = new FdStream(connectTo(listener));
      const sent = client.writeAll(new Uint8Array(100_000).fill(7));
      const buffer = new Uint8Array(65_536);
      for (let total = 0; total < 100_000;) total += (await client.read(buffer)) ?? 0;
      await sent;
    };
    const reset = async () => {
      const reported = nextError();
      const client = connectTo(listener);
      resetOnClose(client);
      close(client);
      const error = await reported;
      assert(error instanceof SystemError && error.code === "ECONNRESET");
    };
    await echo();
    await reset();
    const before = countFds();
    for (let n = 0; n < 10; n++) await reset();
    await noMoreFdsThan(before);
    await echo();
    controller.abort(new Error("closing time"));
    await ended;
    assert(localPort(listener) > 0, "whose the listener is closes it");
  });
});
