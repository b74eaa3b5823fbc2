/** ZeroMQ, with the descriptors of its sockets. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { it } from "@std/testing/bdd";
import { ZmqContext, ZmqError } from "../../examples/zeromq.ts";
import { BusyResourceError, ClosedResourceError } from "../../mod.ts";
import { countFds } from "../support/fds.ts";
import { describeIfInstalled, missingLibrary } from "../support/prerequisites.ts";
import { outcome, printed, run, start } from "../support/programs.ts";
import { Random } from "../support/random.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";
import { TurnCounter } from "../support/event_loop.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describeIfInstalled("ZmqSocket", missingLibrary("libzmq.so.5", "libzmq5"), () => {
  it("receive() gets 1,000 replies from another process, and the event loop isn't blocked", async () => {
    using folder = new TemporaryFolder();
    const endpoint = `ipc://${folder.path}/socket`;
    const args = ["reply", endpoint];
    const server = start("../../examples/zeromq", { args, permissions: ["--allow-ffi"] });
    const ended = outcome(server);
    using context = new ZmqContext();
    const socket = context.socket("REQ");
    socket.connect(endpoint);
    using turns = new TurnCounter();
    for (let n = 0; n < 1000; n++) {
      await socket.send(encode(`${n}`));
      assertEquals(decode(await socket.receive()), `you said ${n}`);
    }
    assert(turns.count > 0, "the event loop was blocked");
    server.kill();
    await ended;
  });

  it("send() and receive() pass messages of all sizes within a thread", async () => {
    using folder = new TemporaryFolder();
    const endpoint = `ipc://${folder.path}/socket`;
    using context = new ZmqContext();
    const server = context.socket("REP");
    server.bind(endpoint);
    const client = context.socket("REQ");
    client.connect(endpoint);
    const sizes = [0, 1, 29, 30, 33, 64, 1000, 8193, 1_000_000];
    const serve = async () => {
      for (const _ of sizes) await server.send(await server.receive());
    };
    const serving = serve();
    const random = new Random(11);
    for (const size of sizes) {
      const message = random.bytes(size);
      await client.send(message);
      assertEquals(await client.receive(), message);
    }
    await serving;
  });

  it("receive() gets all 1,000 messages from a publisher, in order", async () => {
    using folder = new TemporaryFolder();
    const endpoint = `ipc://${folder.path}/socket`;
    using context = new ZmqContext();
    const socket = context.socket("SUB");
    socket.subscribe("news");
    socket.connect(endpoint);
    using turns = new TurnCounter();
    const publishing = run("zeromq_publisher", { args: [endpoint, "1000"] });
    for (let n = 0; n < 1000; n++) assertEquals(decode(await socket.receive()), `news ${n}`);
    assertEquals(await publishing, { code: 0, signal: null, output: "" });
    assert(turns.count > 0, "the event loop was blocked");
  });

  it("receive() gets messages that came before it was called, although there is only one edge", async () => {
    using context = new ZmqContext();
    const endpoint = "inproc://burst";
    const publisher = context.socket("XPUB");
    publisher.bind(endpoint);
    const subscriber = context.socket("SUB");
    subscriber.subscribe("");
    subscriber.connect(endpoint);
    await publisher.receive();
    for (let burst = 0; burst < 20; burst++) {
      const waiting = burst % 2 === 0 ? subscriber.receive() : undefined;
      for (let n = 0; n < 100; n++) await publisher.send(encode(`${burst} ${n}`));
      for (let n = 0; n < 100; n++) {
        const message = n === 0 && waiting ? waiting : subscriber.receive();
        assertEquals(decode(await message), `${burst} ${n}`);
      }
    }
  });

  it("receive() loses nothing on an abort", async () => {
    using context = new ZmqContext();
    const [server, client] = [context.socket("REP"), context.socket("REQ")];
    server.bind("inproc://abort");
    client.connect("inproc://abort");
    for (let n = 0; n < 50; n++) {
      const controller = new AbortController();
      const receiving = server.receive(controller).catch((reason) => reason);
      if (n % 2 === 0) await client.send(encode(`${n}`));
      controller.abort("later");
      if (n % 2 === 1) await client.send(encode(`${n}`));
      const result = await receiving;
      assertEquals(decode(result === "later" ? await server.receive() : result), `${n}`);
      await server.send(encode("done"));
      await client.receive();
    }
  });

  it("calls reject on errors and while another one is pending, and leave nothing open", async () => {
    const use = async (context: ZmqContext) => {
      const socket = context.socket("REP");
      assertThrows(() => socket.bind("nonsense"), ZmqError, "Invalid argument");
      assertThrows(() => socket.connect("carrier-pigeon://here"), ZmqError, "not supported");
      await assertRejects(() => socket.send(encode("unasked")), ZmqError, "current state");
      const receiving = socket.receive();
      await assertRejects(() => socket.receive(), BusyResourceError);
      const rejected = assertRejects(() => receiving, ClosedResourceError);
      socket.close();
      socket.close();
      await rejected;
      await assertRejects(() => socket.receive(), ClosedResourceError);
    };
    {
      using context = new ZmqContext();
      await use(context); // opens what is opened once
    }
    const before = countFds();
    {
      using context = new ZmqContext();
      await use(context);
      context.socket("SUB"); // the context closes it
    }
    assertEquals(countFds(), before);
  });

  it("the program publishes and subscribes", async () => {
    using folder = new TemporaryFolder();
    const endpoint = `ipc://${folder.path}/socket`;
    const play = (...args: string[]) =>
      start("../../examples/zeromq", { args, permissions: ["--allow-ffi"] });
    const subscriber = play("subscribe", endpoint, "weather");
    const heard = printed(subscriber, "weather rain\n");
    const subscribed = outcome(subscriber);
    const published = outcome(play("publish", endpoint, "weather", "rain"));
    await heard;
    subscriber.kill();
    await subscribed;
    assertEquals(await published, { code: 0, signal: null, output: "" });
  });
});
