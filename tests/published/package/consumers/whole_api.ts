/**
 * Uses every export of the package, as a user's program would. Creates a socket in the current
 * folder.
 */

import {
  acceptAll,
  BusyResourceError,
  ClosedResourceError,
  closeFd,
  connectTcp,
  type ConnectTcpOptions,
  connectUnix,
  defaultManager,
  type DriverName,
  type EpollEvent,
  EpollIOManager,
  type EpollIOManagerOptions,
  type EpollStatistics,
  type EventList,
  ExclusiveWaiter,
  type ExclusiveWaiterOptions,
  type FdLike,
  FdStream,
  type FdStreamOptions,
  type FdWatch,
  type Interest,
  notifyClosing,
  openWakeup,
  type Readiness,
  type RemoteWakeup,
  type SignalTarget,
  SystemError,
  type SystemErrorDetails,
  UnsupportedPlatformError,
  useLibc,
  waitHangup,
  type WaitOptions,
  waitPriority,
  waitReadable,
  waitReady,
  type WaitReadyOptions,
  waitWritable,
  wakeOnSignal,
  Wakeup,
  type WakeupHandle,
  watch,
} from "@fdready/fdready";
import * as os from "@fdready/fdready/os";

const options: WaitOptions = { signal: AbortSignal.timeout(600_000) };
const text = new TextEncoder().encode("hello");

await waiting();
await watching();
await closing();
await wakeups();
await ownManager();
manualManager();
await streams();
await sharing();
await errors();
await opening();
await sockets();
await connecting();
await messages();
await processes();
devices();
files();
console.log("whole API: ok");

async function waiting(): Promise<void> {
  const [a, b] = os.socketpair();
  const likes: FdLike[] = [a, { fd: a }, { fileno: () => a }];
  for (const like of likes) await waitWritable(like, options);
  os.write(b, text);
  await waitReadable(a, options);
  expect(os.read(a, new Uint8Array(16)), text.length);
  await rejection(waitPriority(a, { signal: AbortSignal.timeout(1) }), Error);
  const both: WaitReadyOptions = { readable: true, writable: true, timeout: 1000, ref: false };
  const ready: Readiness = await waitReady(a, both);
  expect(ready.writable && !ready.readable, true);
  const gone = waitHangup(a, options);
  closeFd(b);
  await gone;
  os.close(a);
}

async function watching(): Promise<void> {
  const [reader, writer] = os.pipe();
  const called = Promise.withResolvers<void>();
  const interest: Interest = { readable: true };
  const watched: FdWatch = watch(reader, interest, ({ readable }) => {
    expect(readable, true);
    watched.interest({});
    called.resolve();
  });
  watched.unref();
  watched.ref();
  os.write(writer, text);
  await called.promise;
  watched.close();
  closeFd(reader);
  closeFd(writer);
}

async function closing(): Promise<void> {
  const [reader, writer] = os.pipe();
  const pending = waitReadable(reader, options);
  await rejection(waitReadable(reader), BusyResourceError);
  notifyClosing(reader);
  await rejection(pending, ClosedResourceError);
  os.close(reader);
  os.close(writer);
}

async function wakeups(): Promise<void> {
  using wakeup = new Wakeup();
  const handle: WakeupHandle = wakeup.handle();
  using remote: RemoteWakeup = openWakeup(handle);
  remote.wake();
  wakeup.wake();
  await waitReadable(wakeup.fd, options);
  expect(wakeup.drain(), 2);
  remote.close();
  wakeup.close();

  const target: SignalTarget = defaultManager();
  using _listener: Disposable = wakeOnSignal("SIGUSR2", target);
  using other = openWakeup(defaultManager().wakeupHandle());
  other.wake();
  await defaultManager().waitWakeup(options);
}

async function ownManager(): Promise<void> {
  const name: DriverName = "auto";
  const choice: EpollIOManagerOptions = { driver: name, busyPoll: 100 };
  await using manager = new EpollIOManager(choice);
  const timer = os.timerfd({ initial: 1, interval: 1 } satisfies os.TimerfdOptions);
  await manager.waitReadable(timer, options);
  await manager.waitWritable(os.socketpair()[0], options);
  await rejection(manager.waitPriority(timer, { signal: AbortSignal.abort() }), Error);
  manager.notifyClosing(timer);
  os.close(timer);
  const statistics: EpollStatistics = manager.statistics();
  const driver: "uv" | "uring" | "thread" | "manual" = statistics.driver;
  expect(manager.inspect().includes(driver), true);
  await manager.close();
}

function manualManager(): void {
  const manager = new EpollIOManager({ driver: "manual" });
  manager.forceWakeup();
  const events: EventList = manager.getEvents(1000);
  expect(events.length, 1);
  const [event]: EpollEvent[] = [...events];
  expect(typeof event?.fd, "number");
  expect(typeof event?.events, "number");
  manager.processEvents(events);
}

async function streams(): Promise<void> {
  const [a, b] = os.socketpair();
  const choice: FdStreamOptions = { manager: defaultManager() };
  using near = new FdStream(a, choice);
  using far = new FdStream(b);
  await near.writeAll(text, options);
  const count: number = await near.write(text, options);
  const buffer = new Uint8Array(64);
  const received: number | null = await far.read(buffer, options);
  expect(received, text.length + count);

  const writable: WritableStream<Uint8Array> = near.writable;
  const readable: ReadableStream<Uint8Array> = far.readable;
  const writer = writable.getWriter();
  const sent = writer.write(text).then(() => writer.close());
  const reader = readable.getReader({ mode: "byob" });
  const { value } = await reader.read(new Uint8Array(64));
  expect(value?.length, text.length);
  reader.releaseLock();
  await sent;
}

async function sharing(): Promise<void> {
  const listener = os.listenTcp("127.0.0.1", 0, { backlog: 8 } satisfies os.ListenTcpOptions);
  expect(os.localPort(listener) > 0, true);
  const choice: ExclusiveWaiterOptions = { interest: "readable", edgeTriggered: false };
  await using waiter = new ExclusiveWaiter(listener, choice);
  expect(waiter.fd, listener);
  const pending = waiter.wait(options);
  const turns = (async () => {
    for await (const _ of waiter) expect(acceptAll(listener).length, 0);
  })();
  await rejection(turns, BusyResourceError);
  await waiter.close();
  await rejection(pending, ClosedResourceError);
  for await (const _ of waiter) throw new Error("It has been closed");
  expect(acceptAll(listener).length, 0);
  expect(os.accept(listener), undefined);
  os.close(listener);
}

async function errors(): Promise<void> {
  const error = await rejection(waitReadable(9999), SystemError);
  const { code, errno, syscall, fd }: SystemError = error;
  expect(`${code} ${errno} ${syscall} ${fd}`, "EBADF -9 epoll_ctl 9999");
  const details: SystemErrorDetails = { errno: 9, words: "bad", syscall: "close", fd: 9999 };
  expect(new SystemError(details).code, "EBADF");
  expect(new UnsupportedPlatformError("nothing").name, "UnsupportedPlatformError");
  try {
    useLibc("libc.so.6");
    throw new Error("useLibc() took a name for a path");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

async function opening(): Promise<void> {
  const nothing = os.open("/dev/null", os.O_RDWR | os.O_NOCTTY);
  expect(os.setNonblocking(os.dup(nothing), true), true);
  os.close(nothing);
  await rejection(waitReadable(os.open("/proc/self/status", os.O_RDONLY)), SystemError);

  const pty: os.Pty = os.openpty();
  os.write(pty.controller, new TextEncoder().encode("line\n"));
  await waitReadable(pty.terminal, options);
  expect(pty.name.startsWith("/dev/pts/"), true);

  const watch = os.inotify();
  const path: os.PathLike = new TextEncoder().encode(".");
  const wd = os.inotifyAddWatch(watch, path, os.IN_OPEN | os.IN_ONLYDIR);
  os.close(os.open(".", os.O_RDONLY));
  await waitReadable(watch, options);
  const [event]: os.InotifyEvent[] = os.readInotify(watch);
  expect(event?.wd, wd);
  expect(event?.nameBytes.length, 0);
  os.inotifyRmWatch(watch, wd);

  const listener = os.listenUnix("whole_api.socket", 1);
  os.shutdown(listener, "both");
  os.close(listener);
}

async function sockets(): Promise<void> {
  const path = `\0${crypto.randomUUID()}`;
  for (const address of [os.unixAddress(path), os.inetAddress("127.0.0.1", 0)]) {
    const { family }: os.ParsedAddress = os.parseAddress(address);
    const listener = os.socket(family, os.SOCK_STREAM);
    os.bind(listener, address);
    os.listen(listener, 4);
    const client = os.socket(family, os.SOCK_STREAM, 0);
    if (!os.connect(client, os.getsockname(listener))) await waitWritable(client, options);
    expect(os.socketError(client), undefined);
    expect(os.parseAddress(os.getpeername(client)).family, family);
    os.setsockopt(client, os.SOL_SOCKET, os.SO_KEEPALIVE, 1);
    expect(os.getsockopt(client, os.SOL_SOCKET, os.SO_KEEPALIVE, new Uint8Array(4)), 4);
    os.close(client);
    os.close(listener);
  }
}

async function connecting(): Promise<void> {
  const listener = os.listenTcp("127.0.0.1", 0, { noDelay: true });
  const choice: ConnectTcpOptions = { ...options, noDelay: true };
  const client = await connectTcp("127.0.0.1", os.localPort(listener), choice);
  await waitReadable(listener, options);
  const { fd, address } = os.acceptFrom(listener)!;
  expect(os.parseAddress(address).port, os.localPort(client));
  await rejection(connectUnix(`\0${crypto.randomUUID()}`, options), SystemError);
  for (const open of [fd, client, listener]) os.close(open);
}

async function messages(): Promise<void> {
  const [a, b] = os.socketpair();
  const message: os.OutgoingMessage = { data: [text, text], fds: [a, { fd: b }] };
  expect(os.sendmsg(a, message, os.MSG_MORE), 2 * text.length);
  await waitReadable(b, options);
  const room: os.RecvmsgOptions = { maxFds: 2 };
  const received: os.IncomingMessage | undefined = os.recvmsg(b, new Uint8Array(64), room);
  expect(received?.length, 2 * text.length);
  expect(received?.fds.length, 2);
  for (const fd of received?.fds ?? []) os.close(fd);
  const control: os.ControlMessage[] = received?.control ?? [];
  const credentials: os.Credentials | undefined = os.parseCredentials(control);
  const packetInfo: os.PacketInfo | undefined = os.parsePacketInfo(control);
  const timestamps: os.Timestamps | undefined = os.parseTimestamps(control);
  const error: os.ExtendedError | undefined = os.parseExtendedError(control);
  const size: number | undefined = os.parseSegmentSize(control);
  expect(credentials ?? packetInfo ?? timestamps ?? error ?? size, undefined);
  expect(os.writev(a, [text, text]), 2 * text.length);
  expect(os.readv(b, [new Uint8Array(1), new DataView(new ArrayBuffer(64))]), 2 * text.length);
  os.close(a);
  os.close(b);
}

async function processes(): Promise<void> {
  const choice: os.SpawnOptions = { args: ["-c", "cat; exit 3"], env: {}, cwd: "/" };
  const stdio: os.Stdio = [null, undefined, 2];
  const { pid, pidfd }: os.SpawnedProcess = os.spawn("/bin/sh", { ...choice, stdio });
  expect(pid > 0, true);
  await waitReadable(pidfd, options);
  expect(os.sendSignal(pidfd, "SIGTERM"), false);
  const status: os.ExitStatus | undefined = os.waitPidfd(pidfd);
  expect(status?.code, 3);
  os.close(pidfd);
}

function devices(): void {
  const { controller, terminal } = os.openpty();
  const termios: os.Termios = os.tcgetattr(terminal);
  os.tcsetattr(terminal, { ...os.makeRaw(termios), ospeed: 12345 }, os.TCSANOW);
  expect(os.tcgetattr(terminal).ospeed, 12345);
  os.tcflush(terminal, os.TCIOFLUSH);
  os.tcsendbreak(terminal);
  expect(os.tcdrain(terminal), true);
  expect(os.tcgetpgrp(controller), 0);
  const size: os.NewWindowSize = { rows: 24, columns: 80 };
  os.setWindowSize(controller, size);
  const seen: os.WindowSize = os.getWindowSize(terminal);
  expect(seen.columns, size.columns);
  expect(os.ioctl(terminal, os.TIOCGWINSZ, new Uint16Array(4)), 0);
  expect(os.flock(os.open(".", os.O_RDONLY), os.LOCK_SH | os.LOCK_NB), true);
  os.close(os.pidfdOpen(1));
  expect(os.lastError("none").syscall, "none");
}

function files(): void {
  os.mkfifo("whole_api.fifo", 0o600);
  const fd = os.memfdCreate("whole_api", os.MFD_ALLOW_SEALING);
  expect(os.pwrite(fd, text, 10), text.length);
  expect(os.pread(fd, new Uint8Array(64), 10), text.length);
  expect(os.lseek(fd, -1, os.SEEK_END), 9 + text.length);
  os.ftruncate(fd, 4);
  os.fsync(fd);
  const stat: os.FileStat = os.fstat(fd);
  expect(stat.size, 4);
  expect(os.fcntl(fd, os.F_GET_SEALS), 0);
  const request: os.PollRequest = { fd, events: os.POLLIN };
  expect(os.poll([request])[0], os.POLLIN);
  expect(os.addressOf(text.subarray(1)), os.addressOf(text) + 1n);
  const counter = os.eventfd(1, os.EFD_SEMAPHORE);
  expect(os.read(counter, new BigUint64Array(1)), 8);
  const timer = os.timerfd({ initial: 1000, clock: os.CLOCK_BOOTTIME });
  const time: os.TimerfdSettimeOptions = { initial: 0 };
  os.timerfdSettime(timer, time);
  const left: os.TimerfdTime = os.timerfdGettime(timer);
  expect(left.initial, 0);
  for (const open of [fd, counter, timer]) os.close(open);
}

/** The options of `T` that don't accept `undefined` with `exactOptionalPropertyTypes`. */
type Refusing<T> = {
  [K in keyof T]-?: object extends Pick<T, K> ? Record<K, undefined> extends Pick<T, K> ? never : K
    : never;
}[keyof T];

/** Compiles only if every option of `T` accepts `undefined`. */
function acceptUndefined<T>(..._: [Refusing<T>] extends [never] ? [] : [never]): void {}

acceptUndefined<WaitOptions>();
acceptUndefined<WaitReadyOptions>();
acceptUndefined<Interest>();
acceptUndefined<ConnectTcpOptions>();
acceptUndefined<EpollIOManagerOptions>();
acceptUndefined<ExclusiveWaiterOptions>();
acceptUndefined<FdStreamOptions>();
acceptUndefined<SystemErrorDetails>();
acceptUndefined<os.ListenTcpOptions>();
acceptUndefined<os.NewWindowSize>();
acceptUndefined<os.OutgoingMessage>();
acceptUndefined<os.RecvmsgOptions>();
acceptUndefined<os.SpawnOptions>();
acceptUndefined<os.TimerfdOptions>();

function expect<T>(actual: T, expected: T): void {
  if (actual !== expected) throw new Error(`got ${String(actual)}, not ${String(expected)}`);
}

async function rejection<T>(promise: Promise<unknown>, kind: new (...args: never[]) => T) {
  try {
    await promise;
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
  throw new Error(`This should have failed with ${kind.name}`);
}
