/** UDP: datagrams, including empty ones, and their senders. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { openUdp, receive, send, serve } from "../../examples/udp_echo.ts";
import { inetAddress, localPort, parseAddress } from "../../src/os/mod.ts";
import { closeFd } from "../../mod.ts";
import { matching, outcome, start } from "../support/programs.ts";
import { Random } from "../support/random.ts";
import { TurnCounter } from "../support/event_loop.ts";

const room = () => new Uint8Array(65_536);

describe("examples/udp_echo.ts", () => {
  it("returns 1,000 datagrams, including empty ones", async () => {
    const [server, client] = [openUdp("127.0.0.1", 0), openUdp("127.0.0.1", 0)];
    const controller = new AbortController();
    const serving = serve(server, controller).catch((reason) => reason);
    const address = inetAddress("127.0.0.1", localPort(server));
    using turns = new TurnCounter();
    for (let n = 0; n < 1000; n++) {
      const data = new Random(n).bytes(n % 10 === 0 ? 0 : 50 * n);
      await send(client, { data, address });
      const answer = await receive(client, room());
      assertEquals(answer.data.length, data.length);
      assert(answer.data.every((byte, at) => byte === data[at]));
      assertEquals(answer.address, address);
    }
    assert(turns.count > 0, "the event loop was blocked");
    controller.abort("stop");
    assertEquals(await serving, "stop");
    for (const fd of [server, client]) closeFd(fd);
  });

  it("serves IPv4 and IPv6 from another process, and survives senders that have closed their socket", async () => {
    for (const host of ["127.0.0.1", "::1"]) {
      const args = [host];
      const child = start("../../examples/udp_echo", { args, permissions: ["--allow-ffi"] });
      const ended = outcome(child);
      const [, port] = await matching(child, /listening on port (\d+)\n/);
      const address = inetAddress(host, Number(port));
      const data = new TextEncoder().encode("hello");
      const gone = openUdp(host, 0);
      await send(gone, { data, address });
      closeFd(gone);
      const client = openUdp(host, 0);
      for (let n = 0; n < 10; n++) {
        await send(client, { data, address });
        const answer = await receive(client, room());
        assertEquals(answer.data, data);
        assertEquals(parseAddress(answer.address).port, Number(port));
      }
      closeFd(client);
      child.kill();
      await ended;
    }
  });
});
