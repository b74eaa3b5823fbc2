/**
 * A Worker that waits for the listening socket. Without the library's waiter, it blocks in
 * epoll_wait(2) itself, which measures only the kernel's behavior.
 */

import { readlinkSync } from "node:fs";
import { acceptAll, ExclusiveWaiter } from "../../mod.ts";
import { EPOLLET, EPOLLEXCLUSIVE, EPOLLIN } from "../../src/ffi/constants.ts";
import { Epoll } from "../../src/sys/epoll.ts";
import { accept, close, read } from "../../src/os/mod.ts";
import { scope } from "../../tests/support/worker_scope.ts";
import { atBarrier, barrier, stop, type Task, wordsFor } from "./shared.ts";

const listenerTag = 1;
const callTag = 2;

scope.onmessage = async ({ data }) => {
  const task = data as Task;
  if (task.registration === "library") await waitByLibrary(task);
  else waitByHand(task);
};

function waitByHand(task: Task): void {
  const { listener, registration, options, call } = task;
  const words = new Int32Array(task.words);
  using epoll = new Epoll();
  const flags = (registration === "exclusive" ? EPOLLEXCLUSIVE : 0) |
    (options.edgeTriggered ? EPOLLET : 0);
  epoll.add(listener, EPOLLIN | flags, listenerTag);
  epoll.add(call, EPOLLIN, callTag);
  ready(epoll.fd);
  while (Atomics.load(words, stop) === 0) {
    const events = epoll.wait(-1);
    let called = false;
    for (let index = 0; index < events.length; index++) {
      if (events.generation(index) === listenerTag) serve(task, words);
      else called = true;
    }
    if (called) waitAtBarrier(words, call);
  }
  scope.postMessage("done");
}

async function waitByLibrary(task: Task): Promise<void> {
  const waiter = new ExclusiveWaiter(task.listener, task.options);
  scope.onmessage = () => void waiter.close();
  ready(-1);
  for await (const _ of waiter) serve(task, new Int32Array(task.words));
  scope.postMessage("done");
}

/** Posts the thread, and the epoll instance that it blocks in. */
function ready(instance: number): void {
  const thread = readlinkSync("/proc/thread-self").split("/").at(-1);
  scope.postMessage({ thread, instance });
}

function serve(task: Task, words: Int32Array<SharedArrayBuffer>): void {
  const mine = wordsFor(task.index);
  Atomics.add(words, mine.wakeups, 1);
  const connections = accepted(task);
  if (connections.length === 0) Atomics.add(words, mine.empty, 1);
  for (const connection of connections) {
    close(connection);
    Atomics.add(words, mine.connections, 1);
    if (task.work > 0) sleep(task.work);
  }
}

function accepted({ listener, acceptOne }: Task): number[] {
  if (!acceptOne) return acceptAll(listener);
  const connection = accept(listener);
  return connection === undefined ? [] : [connection];
}

/** Blocks until the barrier opens. */
function waitAtBarrier(words: Int32Array<SharedArrayBuffer>, call: number): void {
  read(call, new Uint8Array(8));
  const closed = Atomics.load(words, barrier);
  Atomics.add(words, atBarrier, 1);
  if (Atomics.load(words, stop) === 0) Atomics.wait(words, barrier, closed);
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
