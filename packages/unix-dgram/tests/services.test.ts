/** Programs of other people: DogStatsD and syslog clients from npm, and systemd-notify(1). */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import process from "node:process";
import { close } from "@fdready/fdready/os";
import { describeIfInstalled } from "../../../tests/support/prerequisites.ts";
import { outcome, run } from "../../../tests/support/programs.ts";
import { describeUnless } from "../../../tests/support/skip.ts";
import { missingModule, missingProgram } from "./support/prerequisites.ts";
import { receiveAll, Sockets, withoutLeaks } from "./support/sockets.ts";

const require = createRequire(import.meta.url);

// deno-lint-ignore no-explicit-any -- libraries without types here
type Anything = any;

/** Runs `body` twice, because libraries open some descriptors at their first use. */
async function leavesNothing(body: (sockets: Sockets) => Promise<void>): Promise<void> {
  {
    using sockets = new Sockets();
    await body(sockets);
  }
  await withoutLeaks(body);
}

describeUnless(missingModule("unix-dgram", "hot-shots"), "hot-shots", () => {
  it("StatsD sends metrics through UnixDgramSocket", () =>
    leavesNothing(async (sockets) => {
      const { StatsD }: Anything = require("hot-shots");
      const [server, path] = sockets.bound();
      const client = new StatsD({ protocol: "uds", path, prefix: "test.", cacheDns: false });
      client.increment("count", { tag: "a" });
      client.gauge("level", 7);
      client.timing("time", 12);
      const lines: string[] = [];
      while (lines.length < 3) {
        lines.push(...String((await server.receive()).data).trim().split("\n"));
      }
      assertEquals(lines, ["test.count:1|c|#tag:a", "test.level:7|g", "test.time:12|ms"]);
      await new Promise<void>((resolve) => client.close(() => resolve()));
    }));
});

describeUnless(missingModule("unix-dgram", "winston", "winston-syslog"), "winston-syslog", () => {
  for (const protocol of ["unix", "unix-connect"]) {
    it(`Syslog logs through UnixDgramSocket, with the protocol ${protocol}`, () =>
      leavesNothing(async (sockets) => {
        const winston: Anything = require("winston");
        const { Syslog }: Anything = require("winston-syslog");
        const [server, path] = sockets.bound();
        const transport = new Syslog({ protocol, path, app_name: "test", localhost: "host" });
        const logger = winston.createLogger({
          levels: winston.config.syslog.levels,
          format: winston.format.simple(),
          transports: [transport],
        });
        logger.error("it failed");
        logger.info("it works");
        const lines = await receiveAll(server, 2);
        assert(lines[0]!.startsWith("<131>") && lines[0]!.includes("it failed"), lines[0]);
        assert(lines[1]!.startsWith("<134>") && lines[1]!.includes("it works"), lines[1]);
        const closed = new Promise((resolve) => transport.once("closed", resolve));
        logger.close();
        transport.close();
        await closed;
      }));
  }
});

describeUnless(missingModule("unix-dgram", "ain2"), "ain2", () => {
  it("SysLogger logs through UnixDgramSocket", () =>
    leavesNothing(async (sockets) => {
      const SysLogger: Anything = require("ain2");
      const [server, path] = sockets.bound();
      const logger = new SysLogger({ tag: "test", facility: "daemon", path });
      logger.error("it failed");
      const [line] = await receiveAll(server, 1);
      assert(line!.startsWith("<27>") && line!.includes("it failed"), line);
    }));
});

describe("sd_notify", () => {
  it("a service notifies its manager, which sees its process", () =>
    withoutLeaks(async (sockets) => {
      for (const address of [sockets.path(), `@fdready-${crypto.randomUUID()}`]) {
        const manager = sockets.create({ credentials: true });
        manager.bind(address.replace("@", "\0"));
        const service = run("../../packages/unix-dgram/tests/programs/service", {
          env: { NOTIFY_SOCKET: address },
        });
        const { data, credentials } = await manager.receive();
        const { output, code } = await service;
        assertEquals(code, 0, output);
        assertEquals(String(data), `READY=1\nMAINPID=${output.trim()}`);
        assertEquals(`${credentials?.pid}`, output.trim());
      }
    }));
});

describeIfInstalled("systemd-notify", missingProgram("systemd-notify", "systemd"), () => {
  it("UnixDgramSocket receives its notifications, and the descriptor of its barrier", () =>
    withoutLeaks(async (sockets) => {
      const [manager, path] = sockets.bound({ credentials: true, maxFds: 16 });
      const child = spawn("systemd-notify", ["--ready", "--status=at work"], {
        env: { ...process.env, NOTIFY_SOCKET: path },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const ended = outcome(child);
      const { data, credentials } = await manager.receive();
      const lines = String(data).split("\n");
      assert(lines.includes("READY=1") && lines.includes("STATUS=at work"), String(data));
      assertEquals(credentials?.uid, process.getuid?.());
      // It waits until the manager closes a descriptor.
      const controller = new AbortController();
      const finished = ended.finally(() => controller.abort());
      try {
        for await (const { fds } of manager.messages({ signal: controller.signal })) {
          fds.forEach((fd) => close(fd));
        }
      } catch (error) {
        if (!controller.signal.aborted) throw error;
      }
      assertEquals(await finished, { code: 0, signal: null, output: "" });
    }));
});
