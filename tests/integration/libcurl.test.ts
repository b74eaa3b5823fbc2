/** libcurl's multi interface with a watch for each of its sockets. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { it } from "@std/testing/bdd";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Curl, CurlError } from "../../examples/libcurl.ts";
import { ClosedResourceError, defaultManager } from "../../mod.ts";
import { countFds, noMoreFdsThan } from "../support/fds.ts";
import { describeIfInstalled, missingLibrary } from "../support/prerequisites.ts";
import { run } from "../support/programs.ts";
import { Random } from "../support/random.ts";
import { TurnCounter } from "../support/event_loop.ts";

/** From 0 to 400 kB. */
const files = Array.from({ length: 200 }, (_, n) => new Random(n).bytes(10 * n * n));

/** A server that serves `files`, returns posted data, and never responds to `/never`. */
class Server implements AsyncDisposable {
  readonly #server = createServer((request, response) => void answer(request, response));

  static async open(): Promise<Server> {
    const server = new Server();
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === "/never") return;
  if (request.method === "POST") {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    for (const chunk of chunks) response.write(chunk);
    response.end();
    return;
  }
  const n = Number(request.url?.slice(1));
  const file = files[n];
  if (file === undefined) {
    response.writeHead(404).end();
    return;
  }
  // In two pieces, so that the client has to wait for the second one.
  response.writeHead(200, { "content-length": file.length });
  response.write(file.subarray(0, file.length / 2));
  setTimeout(() => response.end(file.subarray(file.length / 2)), n % 20);
}

describeIfInstalled("Curl", missingLibrary("libcurl.so.4", "libcurl4"), () => {
  it("fetch() downloads 200 files at once, and the event loop isn't blocked", async () => {
    await using server = await Server.open();
    using curl = new Curl();
    using turns = new TurnCounter();
    await Promise.all(files.map(async (file, n) => {
      const { status, body } = await curl.fetch(`${server.url}/${n}`);
      assertEquals(status, 200);
      assert(file.every((byte, at) => body[at] === byte) && body.length === file.length, `${n}`);
    }));
    assert(turns.count > 0, "the event loop was blocked");
    assertEquals((await curl.fetch(`${server.url}/none`)).status, 404);
  });

  it("fetch() uploads more than fits into the socket's buffer", async () => {
    await using server = await Server.open();
    using curl = new Curl();
    const bodies = [0, 1, 3_000_000, 5_000_001].map((length) => new Random(length).bytes(length));
    await Promise.all(bodies.map(async (body) => {
      const answer = await curl.fetch(`${server.url}/echo`, { body });
      assertEquals(answer.body.length, body.length);
      assert(body.every((byte, at) => answer.body[at] === byte));
    }));
  });

  it("fetch() rejects on errors, on an abort and on a close, and leaves nothing behind", async () => {
    await using server = await Server.open();
    const use = async () => {
      using curl = new Curl();
      await assertRejects(() => curl.fetch("nonsense://here"), CurlError, "protocol");
      await assertRejects(() => curl.fetch("http://127.0.0.1:1/"), CurlError, "connect");
      const controller = new AbortController();
      const aborted = curl.fetch(`${server.url}/never`, controller).catch((reason) => reason);
      const closed = assertRejects(() => curl.fetch(`${server.url}/never`), ClosedResourceError);
      await curl.fetch(`${server.url}/1`);
      controller.abort("stop");
      assertEquals(await aborted, "stop");
      curl.close();
      await closed;
      await assertRejects(() => curl.fetch(server.url), ClosedResourceError);
    };
    await use(); // opens what is opened once
    const before = countFds();
    await use();
    await noMoreFdsThan(before);
    assertEquals(defaultManager().statistics().tasksWaitingRead, 0);
  });

  it("the program prints the status of each URL", async () => {
    await using server = await Server.open();
    const args = [`${server.url}/3`];
    const result = await run("../../examples/libcurl", { args, permissions: ["--allow-ffi"] });
    assertEquals(result, { code: 0, signal: null, output: `${server.url}/3: 200, 90 bytes\n` });
  });
});
