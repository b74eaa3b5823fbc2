/** An HTTP server that is started as systemd starts one, with clients in this process. */

import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn as spawnChild, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import process from "node:process";
import { connectTcp, connectUnix, FdStream } from "../../mod.ts";
import {
  close,
  dup,
  listenTcp,
  listenUnix,
  localPort,
  pipe,
  sendSignal,
  spawn,
} from "../../src/os/mod.ts";
import { type ChildResult, ended, readText, stop } from "../support/children.ts";
import { until } from "../support/event_loop.ts";
import { Fds, openFiles } from "../support/fds.ts";
import { resetOnClose } from "../support/libc.ts";
import { describeIfInstalled } from "../support/prerequisites.ts";
import { commandFor, matching, outcome } from "../support/programs.ts";
import { root } from "../support/root.ts";
import { scaled } from "../support/scale.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

const command = commandFor(`${root}/examples/socket_activation.ts`, {
  permissions: ["--allow-ffi", "--allow-env=LISTEN_FDS,LISTEN_PID,LISTEN_FDNAMES"],
});

/** The largest body. */
const large = pseudoRandom(scaled(20_000_000));

/** Bytes that don't repeat in any length that buffers have. */
function pseudoRandom(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

interface StartOptions {
  /** The descriptors that the program gets, from 3 on. */
  readonly fds: readonly number[];
  /** How long it may be idle, in seconds. The default is longer than any test. */
  readonly idle?: number;
  /** The variables from systemd. By default they are right. `$$` is the program's number. */
  readonly variables?: string;
}

/** The program, started with descriptor 3. */
class Server implements Disposable {
  readonly pid: number;
  readonly ended: Promise<ChildResult>;
  /** A duplicate, because that from `spawn` is closed at the end. */
  readonly #pidfd: number;

  constructor(options: StartOptions) {
    const { fds, idle = 3600 } = options;
    const names = ["web", "local"].slice(0, fds.length).join(":");
    const { variables = `LISTEN_FDS=${fds.length} LISTEN_PID=$$ LISTEN_FDNAMES=${names}` } =
      options;
    const [reader, writer] = pipe();
    const { pid, pidfd } = spawn("/bin/sh", {
      args: ["-c", `exec env ${variables} "$@"`, "sh", ...command, String(idle)],
      env: { ...process.env, NO_COLOR: "1", LISTEN_FDS: undefined, LISTEN_PID: undefined },
      stdio: [null, writer, writer, ...fds],
    });
    close(writer);
    this.pid = pid;
    this.#pidfd = dup(pidfd);
    this.ended = this.#end(reader, pidfd);
  }

  async #end(reader: number, pidfd: number): Promise<ChildResult> {
    const output = await readText(reader);
    close(reader);
    return { output, ...await ended(pidfd) };
  }

  /** Its TCP sockets. Deno opens two Unix sockets for signals half a second after its start. */
  tcpSockets(): string[] {
    const earlier = unixSockets();
    const sockets = [...openFiles(this.pid).values()].filter((file) => file.startsWith("socket:"));
    const others = new Set([...earlier, ...unixSockets()]);
    return sockets.filter((socket) => !others.has(socket));
  }

  [Symbol.dispose](): void {
    sendSignal(this.#pidfd, "SIGKILL");
    close(this.#pidfd);
  }
}

/** The Unix sockets of all processes, as links of /proc show them. */
function unixSockets(): string[] {
  const lines = readFileSync("/proc/net/unix", "utf8").split("\n");
  return lines.map((line) => `socket:[${line.split(/ +/)[6]}]`);
}

/** A client that makes all requests over one connection. */
class Client implements Disposable {
  readonly #stream: FdStream;
  #received = new Uint8Array(0);

  constructor(fd: number) {
    this.#stream = new FdStream(fd);
  }

  static async connect(listener: number): Promise<Client> {
    return new Client(await connectTcp("127.0.0.1", localPort(listener), { noDelay: true }));
  }

  /** Sends the head of a request, and possibly not all of its body. */
  async send(method: string, length: number, body: Uint8Array): Promise<void> {
    const head = `${method} / HTTP/1.1\r\nHost: test\r\nContent-Length: ${length}\r\n\r\n`;
    await this.#stream.writeAll(new TextEncoder().encode(head));
    await this.sendMore(body);
  }

  /** Sends more of a request's body. */
  async sendMore(body: Uint8Array): Promise<void> {
    await this.#stream.writeAll(body);
  }

  /** Resolves to the body of the response. */
  async request(method: string, body: Uint8Array = new Uint8Array(0)): Promise<Uint8Array> {
    const [, response] = await Promise.all([
      this.send(method, body.length, body),
      this.receive(),
    ]);
    return response;
  }

  /** Resolves to the body of the next response. */
  async receive(): Promise<Uint8Array> {
    const latin1 = new TextDecoder("latin1");
    let end;
    while ((end = latin1.decode(this.#received).indexOf("\r\n\r\n")) < 0) await this.#receiveMore();
    const head = latin1.decode(this.#received.subarray(0, end));
    assertMatch(head, /^HTTP\/1\.1 200 OK\r\n/);
    const length = Number(/^Content-Length: (\d+)$/im.exec(head)![1]);
    const body = new Uint8Array(length);
    let count = this.#take(body, end + 4);
    while (count < length) {
      await this.#receiveMore();
      count += this.#take(body.subarray(count), 0);
    }
    return body;
  }

  /** Moves bytes, except the first `skipped` ones, to `target`. */
  #take(target: Uint8Array, skipped: number): number {
    const bytes = this.#received.subarray(skipped, skipped + target.length);
    target.set(bytes);
    this.#received = this.#received.slice(skipped + bytes.length);
    return bytes.length;
  }

  async #receiveMore(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    const count = await this.#stream.read(buffer);
    if (count === null) throw new Error("The server has closed the connection");
    const all = new Uint8Array(this.#received.length + count);
    all.set(this.#received);
    all.set(buffer.subarray(0, count), this.#received.length);
    this.#received = all;
  }

  /** Resolves when the response has begun. */
  async untilAnswered(): Promise<void> {
    await this.#receiveMore();
  }

  async untilClosed(): Promise<void> {
    assertEquals(await this.#stream.read(new Uint8Array(1)), null);
  }

  reset(): void {
    resetOnClose(this.#stream.fd);
    this.#stream.close();
  }

  [Symbol.dispose](): void {
    this.#stream.close();
  }
}

async function greet(client: Client): Promise<string> {
  return new TextDecoder().decode(await client.request("GET"));
}

describe("examples/socket_activation.ts", () => {
  it("serves 1,000 requests over one connection", async () => {
    using fds = new Fds();
    const fd = fds.own(listenTcp("127.0.0.1", 0));
    using server = new Server({ fds: [fd] });
    using client = await Client.connect(fd);
    for (let n = 0; n < 1000; n++) {
      assertEquals(await greet(client), `Hello from web, process ${server.pid}\n`);
    }
  });

  it("serves each of two sockets under its name", async () => {
    using fds = new Fds();
    using folder = new TemporaryFolder();
    const path = `${folder.path}/local`;
    const [tcp, unix] = [fds.own(listenTcp("127.0.0.1", 0)), fds.own(listenUnix(path))];
    using server = new Server({ fds: [tcp, unix] });
    using remote = await Client.connect(tcp);
    using local = new Client(await connectUnix(path));
    assertEquals(await greet(local), `Hello from local, process ${server.pid}\n`);
    assertEquals(await greet(remote), `Hello from web, process ${server.pid}\n`);
  });

  it("receives and sends 20 MB at once, repeatedly", async () => {
    using fds = new Fds();
    const fd = fds.own(listenTcp("127.0.0.1", 0));
    using _server = new Server({ fds: [fd] });
    using client = await Client.connect(fd);
    for (let n = 0; n < 3; n++) {
      assertEquals(hash(await client.request("POST", large)), hash(large));
    }
  });

  it("serves 50 clients at once", async () => {
    using fds = new Fds();
    const fd = fds.own(listenTcp("127.0.0.1", 0));
    using _server = new Server({ fds: [fd] });
    const body = large.subarray(0, 300_000);
    const expected = hash(body);
    await Promise.all(Array.from({ length: 50 }, async () => {
      using client = await Client.connect(fd);
      for (let n = 0; n < 10; n++) {
        assertEquals(hash(await client.request("POST", body)), expected);
        assertMatch(await greet(client), /^Hello from web/);
      }
    }));
  });

  it("survives clients that reset their connection during a request", async () => {
    using fds = new Fds();
    const fd = fds.own(listenTcp("127.0.0.1", 0));
    using server = new Server({ fds: [fd] });
    using client = await Client.connect(fd);
    await greet(client);
    const before = server.tcpSockets();
    for (let n = 0; n < 20; n++) {
      const other = await Client.connect(fd);
      await other.send("POST", large.length, large.subarray(0, n * 10_000));
      await greet(client);
      other.reset();
    }
    const now = () => server.tcpSockets().join();
    await until(() => now() === before.join(), () => new Error(`${now()}, but before: ${before}`));
    assertMatch(await greet(client), /^Hello from web/);
  });

  it("closes an idle connection while another has a request", async () => {
    using fds = new Fds();
    const fd = fds.own(listenTcp("127.0.0.1", 0));
    const [half, rest] = [large.subarray(0, 1000), large.subarray(1000, 2000)];
    using busy = await Client.connect(fd);
    await busy.send("POST", half.length + rest.length, half);
    using idle = await Client.connect(fd);
    const greeting = greet(idle);
    using server = new Server({ fds: [fd], idle: 1 });
    assertEquals(await greeting, `Hello from web, process ${server.pid}\n`);
    await idle.untilClosed();
    const [echo] = await Promise.all([busy.receive(), busy.sendMore(rest)]);
    assertEquals(hash(echo), hash(large.subarray(0, 2000)));
  });

  it("ends when idle, and starts again for the next connection", async () => {
    using fds = new Fds();
    const fd = fds.own(listenTcp("127.0.0.1", 0));
    using open = await Client.connect(fd);
    const early = greet(open);
    using first = new Server({ fds: [fd], idle: 1 });
    assertEquals(await early, `Hello from web, process ${first.pid}\n`);
    await open.untilClosed();
    assertEquals(await first.ended, { code: 0, signal: null, output: "" });

    using waiting = await Client.connect(fd);
    const greeting = greet(waiting);
    using second = new Server({ fds: [fd] });
    assertEquals(await greeting, `Hello from web, process ${second.pid}\n`);
  });

  it("ends when idle after clients that reset their connections during a request", async () => {
    using fds = new Fds();
    const fd = fds.own(listenTcp("127.0.0.1", 0));
    const clients = await Promise.all(Array.from({ length: 20 }, () => Client.connect(fd)));
    const sent = clients.map((client, n) =>
      client.send("POST", large.length, large.subarray(0, n * 10_000))
    );
    using server = new Server({ fds: [fd], idle: 1 });
    // Without a part of the body, the response doesn't begin.
    const answered = clients.slice(1).map((client) => client.untilAnswered());
    await Promise.all([...sent, ...answered]);
    for (const client of clients) client.reset();
    assertEquals(await server.ended, { code: 0, signal: null, output: "" });
  });

  it("ends when idle after a client that reset its connection during many requests", async () => {
    using fds = new Fds();
    const fd = fds.own(listenTcp("127.0.0.1", 0));
    const client = await Client.connect(fd);
    for (let n = 0; n < 200; n++) await client.send("GET", 0, new Uint8Array(0));
    using server = new Server({ fds: [fd], idle: 1 });
    await client.untilAnswered();
    client.reset();
    assertEquals(await server.ended, { code: 0, signal: null, output: "" });
  });

  const wrong: [variables: string, problem: RegExp][] = [
    ["NONE=", /^LISTEN_FDS and LISTEN_PID are not set: systemd has passed no socket; /],
    ["LISTEN_FDS=1", /^LISTEN_FDS and LISTEN_PID are not set: /],
    [
      "LISTEN_FDS=1 LISTEN_PID=1",
      /^LISTEN_PID is 1: the sockets are for that process, not for \d+; /,
    ],
    ["LISTEN_FDS=0 LISTEN_PID=$$", /^LISTEN_FDS is "0": expected a number of sockets; /],
    ["LISTEN_FDS=x LISTEN_PID=$$", /^LISTEN_FDS is "x": expected a number of sockets; /],
    [
      "LISTEN_FDS=1 LISTEN_PID=$$ LISTEN_FDNAMES=pipe",
      /^Descriptor 3 \(pipe\) is not a listening socket: the unit needs ListenStream= and Accept=no; /,
    ],
  ];

  for (const [variables, problem] of wrong) {
    it(`ends with exit code 2 and one sentence with ${variables}`, async () => {
      using fds = new Fds();
      const [fd] = fds.pipe();
      using server = new Server({ fds: [fd], variables });
      const { output, ...status } = await server.ended;
      assertEquals(status, { code: 2, signal: null }, output);
      assertMatch(output, problem);
      assertMatch(output, /^[^\n]*\n$/);
    });
  }
});

const activate = "systemd-socket-activate";
const missing = spawnSync(activate, ["--version"]).error === undefined ? [] : ["systemd"];

describeIfInstalled(`examples/socket_activation.ts (${activate})`, missing, () => {
  it("serves a Unix socket", async () => {
    using folder = new TemporaryFolder();
    const path = `${folder.path}/web`;
    const flags = [`--listen=${path}`, "--fdname=web", "--setenv=DENO_DIR", "--setenv=NO_COLOR"];
    const child = spawnChild("sh", [
      ...["-c", `exec "$@" 2>&1`, "sh"],
      ...[activate, ...flags, ...command, "1"],
    ], { env: { DENO_DIR: "", ...process.env, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe"] });
    const ended = outcome(child);
    await matching(child, /Listening on/);
    // The program ends after a second without a request, so it starts when both have been sent.
    await stop(child.pid!);
    using client = new Client(await connectUnix(path));
    using other = new Client(await connectUnix(path));
    const answers = Promise.all([greet(client), other.request("POST", large)]);
    process.kill(child.pid!, "SIGCONT");
    const [greeting, echo] = await answers;
    assertEquals(greeting, `Hello from web, process ${child.pid}\n`);
    assertEquals(hash(echo), hash(large));
    assertEquals((await ended).code, 0);
  });
});
