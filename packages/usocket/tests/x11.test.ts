/** npm's x11, with a real and a simulated X server. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createRequire } from "node:module";
import { close, memfdCreate, recvmsg, sendmsg, socketpair } from "@fdready/fdready/os";
import { waitReadable } from "@fdready/fdready";
import { countFdsOf } from "../../../tests/support/fds.ts";
import { describeIfInstalled } from "../../../tests/support/prerequisites.ts";
import { x11Stream } from "../mod.ts";

import { missingProgram } from "./support/programs.ts";
import { closing, ended, fileOf, withoutLeaks } from "./support/sockets.ts";
import { Xvfb } from "./support/xvfb.ts";

type Done<T> = (error: Error | null, value: T) => void;

/** The part of x11's shared memory segments that is used here. */
interface Segment {
  readonly buffer: Buffer;
  putImage(drawable: number, gc: number, image: Record<string, number>): void;
  getImage(
    ...args: [
      drawable: number,
      ...box: number[],
      planes: number,
      format: undefined,
      offset: number,
      Done<unknown>,
    ]
  ): void;
  detach(done: () => void): void;
}

interface Shm {
  readonly majorOpcode: number;
  readonly fdCapable: boolean;
  createSegment(size: number, done: Done<Segment>): void;
}

/** The part of x11 that is used here. */
interface X11 {
  createClient(
    options: { stream: unknown; display?: string; disableBigRequests?: boolean },
    done: Done<{ client: XClient; screen: { root: number; root_depth: number }[] }>,
  ): void;
}

interface XClient {
  seq_num: number;
  readonly pack_stream: { put(packet: Buffer): void; submit(expectsReply: boolean): void };
  readonly replies: Record<number, unknown>;
  AllocID(): number;
  CreateWindow(...args: number[]): void;
  CreatePixmap(pixmap: number, drawable: number, ...rest: number[]): void;
  CreateGC(gc: number, drawable: number, options: object): void;
  GetGeometry(drawable: number, done: Done<{ width: number; height: number }>): void;
  InternAtom(onlyIfExists: boolean, name: string, done: Done<number>): void;
  GetAtomName(atom: number, done: Done<string>): void;
  require(extension: string, done: Done<Shm>): void;
  close(done: () => void): void;
}

const require = createRequire(import.meta.url);
const x11: X11 = require("x11");

function promised<T>(body: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    body((error, value) => error ? reject(error) : resolve(value));
  });
}

describeIfInstalled("an X server", missingProgram("Xvfb", "xvfb"), () => {
  it("x11Stream() creates windows and atoms, and passes shared memory in both directions", async () => {
    await using server = await Xvfb.start();
    await withoutLeaks(() => useServer(server));
  });
});

async function useServer({ display }: Xvfb): Promise<void> {
  const stream = x11Stream(display);
  const { client, screen: [screen] } = await promised<
    Parameters<
      Parameters<X11["createClient"]>[1]
    >[1]
  >((done) => x11.createClient({ stream, display }, done));
  const { root, root_depth: depth } = screen!;

  const window = client.AllocID();
  client.CreateWindow(window, root, 0, 0, 40, 30);
  const { width, height } = await promised<{ width: number; height: number }>((done) =>
    client.GetGeometry(window, done)
  );
  assertEquals([width, height], [40, 30]);
  const atom = await promised<number>((done) => client.InternAtom(false, "_FDREADY", done));
  assertEquals(await promised<string>((done) => client.GetAtomName(atom, done)), "_FDREADY");

  const shm = await promised<Shm>((done) => client.require("shm", done));
  assert(shm.fdCapable);
  const size = width * height * 4;
  // x11 passes a descriptor of the segment, and then puts and gets pixels through it.
  const segment = await promised<Segment>((done) => shm.createSegment(size, done));
  const [pixmap, gc] = [client.AllocID(), client.AllocID()];
  client.CreatePixmap(pixmap, root, depth, width, height);
  client.CreateGC(gc, pixmap, {});
  for (let n = 0; n < size; n++) segment.buffer[n] = n % 4 === 3 ? 0 : n % 251;
  const pixels = Buffer.from(segment.buffer);
  segment.putImage(pixmap, gc, { width, height, depth });
  await promised<unknown>((done) => client.GetGeometry(window, done));
  segment.buffer.fill(0);
  await promised<unknown>((done) =>
    segment.getImage(pixmap, 0, 0, width, height, 0xffff_ffff, undefined, 0, done)
  );
  assertEquals(segment.buffer.map((byte, n) => n % 4 === 3 ? 0 : byte), pixels);
  await new Promise<void>((resolve) => segment.detach(resolve));

  // CreateSegment: the server creates the segment, and passes its descriptor.
  const shared = client.AllocID();
  const request = Buffer.alloc(16);
  request.writeUInt8(shm.majorOpcode, 0);
  request.writeUInt8(7, 1);
  request.writeUInt16LE(4, 2);
  request.writeUInt32LE(shared, 4);
  request.writeUInt32LE(4096, 8);
  const fds = await promised<number[]>((done) => {
    client.seq_num++;
    const parse = (_reply: Buffer, count: number) => stream.takeFds(count);
    client.replies[client.seq_num] = [parse, done];
    client.pack_stream.put(request);
    client.pack_stream.submit(true);
  });
  assertEquals(fds.length, 1);
  for (const fd of fds) close(fd);

  await new Promise<void>((resolve) => client.close(resolve));
  await ended(stream);
}

describe("x11Stream", () => {
  it("sendFds() closes the descriptors, and takeFds() returns received ones", () =>
    withoutLeaks(async (sockets) => {
      const [fd, peer] = socketpair();
      sockets.fds.own(peer);
      const stream = sockets.own(x11Stream({ fd }));
      await once(stream, "connect");
      const [a, b] = [memfdCreate("a"), memfdCreate("b")];
      await promised<undefined>((done) =>
        stream.sendFds(Buffer.from("request"), [a, b], (error) => done(error, undefined))
      );
      await waitReadable(peer);
      const { length, fds } = recvmsg(peer, new Uint8Array(64), { maxFds: 2 })!;
      assertEquals(length, 7);
      assertEquals(closing(fds), ["/memfd:a (deleted)", "/memfd:b (deleted)"]);

      const third = sockets.fds.own(memfdCreate("third"));
      sendmsg(peer, { data: Buffer.from("reply"), fds: [third, third] });
      const [data] = await once(stream, "data");
      assertEquals(String(data), "reply");
      const [taken] = stream.takeFds(1);
      assertEquals(fileOf(taken!), "/memfd:third (deleted)");
      close(taken!);
      stream.destroy();
      await ended(stream);
      assertEquals(countFdsOf(third), 1);
    }));

  it("sendFds() closes the descriptors after a failure", () =>
    withoutLeaks(async (sockets) => {
      const [fd, peer] = socketpair();
      sockets.fds.own(peer);
      const stream = sockets.own(x11Stream({ fd }));
      sockets.fds.close(peer);
      stream.on("error", () => {});
      for (let n = 0; n < 3; n++) {
        const error = await new Promise<Error | null>((resolve) =>
          stream.sendFds(Buffer.from("x"), [memfdCreate("unsent")], resolve)
        );
        assert(error instanceof Error);
      }
    }));

  it("x11Stream() finds the server of a display", async () => {
    assertThrows(() => x11Stream("elsewhere:0"), TypeError, "elsewhere:0");
    assertThrows(() => x11Stream({ display: "" }), TypeError, "display");
    for (const display of [":4711", ":4711.1", "unix:4711", { display: "unix/:4711" }]) {
      const [error] = await once(x11Stream(display), "error");
      assertEquals(error.address, "/tmp/.X11-unix/X4711");
    }
  });
});
