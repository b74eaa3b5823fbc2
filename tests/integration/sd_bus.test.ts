/** D-Bus through sd-bus, whose loop waits for several directions with a timeout. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { it } from "@std/testing/bdd";
import { spawn, spawnSync } from "node:child_process";
import { Bus, BusError, daemon } from "../../examples/sd_bus.ts";
import { ClosedResourceError, defaultManager } from "../../mod.ts";
import { countFds, noMoreFdsThan } from "../support/fds.ts";
import { describeIfInstalled, missingLibrary } from "../support/prerequisites.ts";
import { matching, outcome, printed, run, start } from "../support/programs.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";
import { TurnCounter } from "../support/event_loop.ts";

/** A bus for this test. */
class Daemon implements AsyncDisposable {
  readonly #folder = new TemporaryFolder();
  readonly #child = spawn("dbus-daemon", [
    "--session",
    "--nofork",
    "--nopidfile",
    "--print-address",
    `--address=unix:path=${this.#folder.path}/bus`,
  ]);
  readonly #ended = outcome(this.#child);
  address = "";

  static async open(): Promise<Daemon> {
    const opened = new Daemon();
    opened.address = (await matching(opened.#child, /^(unix:.*)\n/))[1]!;
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#ended;
    this.#folder[Symbol.dispose]();
  }
}

const interfaceName = "org.example.Test";
const member = (member: string) => ({ path: "/test", interface: interfaceName, member });
/** The timeout is longer than any test. */
const shout = { destination: interfaceName, ...member("Shout"), timeout: 600_000 };

/** A server and a client in this thread. */
async function connect(address: string): Promise<AsyncDisposable & { server: Bus; client: Bus }> {
  const [server, client] = [new Bus(address), new Bus(address)];
  server.serve(member("Shout"), (text) => text.toUpperCase());
  server.serve(member("Never"), () => undefined);
  await server.requestName(interfaceName);
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      await Promise.all([server.close(), client.close()]);
    },
  };
}

const missing = [
  ...missingLibrary("libsystemd.so.0", "libsystemd0"),
  ...spawnSync("dbus-daemon", ["--version"]).error === undefined ? [] : ["dbus-daemon"],
];

describeIfInstalled("Bus (D-Bus)", missing, () => {
  it("call() is answered 300 times in sequence, and 2,000 times at once", async () => {
    await using dbus = await Daemon.open();
    await using pair = await connect(dbus.address);
    using turns = new TurnCounter();
    for (let n = 0; n < 300; n++) {
      assertEquals(await pair.client.call({ ...shout, argument: `call ${n}` }), `CALL ${n}`);
    }
    const words = Array.from({ length: 2000 }, (_, n) => `x${n}`.repeat(50));
    const answers = words.map((argument) => pair.client.call({ ...shout, argument }));
    assertEquals(await Promise.all(answers), words.map((word) => word.toUpperCase()));
    assert(turns.count > 0, "the event loop was blocked");
  });

  it("yields the signals of other connections", async () => {
    await using dbus = await Daemon.open();
    await using pair = await connect(dbus.address);
    const heard: string[] = [];
    pair.client.onSignal({ interface: interfaceName, member: "Ding" }, (text) => heard.push(text));
    await pair.client.call({ ...daemon, member: "GetId" });
    for (const text of ["one", "two", ""]) pair.server.emit(member("Ding"), text);
    await pair.server.call({ ...daemon, member: "GetId" });
    await pair.client.call({ ...daemon, member: "GetId" });
    assertEquals(heard, ["one", "two", ""]);
  });

  it("call() times out after sd-bus's own timeout", async () => {
    await using dbus = await Daemon.open();
    await using pair = await connect(dbus.address);
    const never = { ...shout, member: "Never", timeout: 20 };
    await assertRejects(() => pair.client.call(never), BusError, "timed out");
    assertEquals(await pair.client.call({ ...shout, argument: "on" }), "ON");
  });

  it("call() rejects on errors, an abort and a close, and leaves nothing open", async () => {
    await using dbus = await Daemon.open();
    const use = async () => {
      assertThrows(() => new Bus("nonsense"), BusError, "Connection refused");
      const { server, client } = await connect(dbus.address);
      const nobody = { ...shout, destination: "org.example.Nobody" };
      await assertRejects(() => client.call(nobody), BusError, "ServiceUnknown");
      await assertRejects(
        () => client.call({ ...shout, member: "Nope" }),
        BusError,
        "UnknownMethod",
      );
      const pending = assertRejects(
        () => client.call({ ...shout, member: "Never" }),
        ClosedResourceError,
      );
      await client.close();
      await client.close();
      await pending;
      assertThrows(() => client.emit(member("Ding"), ""), ClosedResourceError);
      await server.close();
    };
    await use(); // opens what is opened once
    const before = countFds();
    await use();
    await noMoreFdsThan(before);
    assertEquals(defaultManager().statistics().tasksWaitingRead, 0);
  });

  it("call() rejects when the bus is lost", async () => {
    const dbus = await Daemon.open();
    const { server, client } = await connect(dbus.address);
    const pending = assertRejects(() => client.call({ ...shout, member: "Never" }), BusError);
    await dbus[Symbol.asyncDispose]();
    await pending;
    await Promise.all([server, client].map((bus) => assertRejects(() => bus.done, BusError)));
  });

  it("the program serves and calls", async () => {
    await using dbus = await Daemon.open();
    const permissions = ["--allow-ffi", "--allow-env"];
    const env = { DBUS_SESSION_BUS_ADDRESS: dbus.address };
    const server = start("../../examples/sd_bus", { args: ["serve"], permissions, env });
    const ended = outcome(server);
    await printed(server, "serving");
    const args = ["call", "hello", "you"];
    const result = await run("../../examples/sd_bus", { args, permissions, env });
    assertEquals(result, { code: 0, signal: null, output: "HELLO\nYOU\n" });
    server.kill();
    await ended;
  });
});
