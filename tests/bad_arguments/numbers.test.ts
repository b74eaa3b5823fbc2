/** Every function with a descriptor, a number or options, called with wrong values. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import process from "node:process";
import * as main from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { descriptors, TrapFds, values } from "../support/trap_fds.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

/** A call with the wrong value. */
type Call = (value: never) => unknown;

const buffer = new Uint8Array(8);
const settings: os.Termios = {
  iflag: 0,
  oflag: 0,
  cflag: 0,
  lflag: 0,
  line: 0,
  cc: new Uint8Array(19),
  ispeed: 0,
  ospeed: 0,
};
const address = os.inetAddress("127.0.0.1", 0);
const local = os.inetAddress("127.0.0.1", 9);
const pktinfo = new Uint8Array(12);
const aborted = AbortSignal.abort();
const missing = "/nonexistent";
const manager = new main.EpollIOManager({ driver: "manual" });

/** Calls with a descriptor, by the names of exports. */
const takingDescriptors: Record<string, Record<string, Call>> = {
  accept: { fd: (fd) => os.accept(fd) },
  acceptAll: { fd: (fd) => os.acceptAll(fd) },
  acceptFrom: { fd: (fd) => os.acceptFrom(fd) },
  bind: { fd: (fd) => os.bind(fd, address) },
  close: { fd: (fd) => os.close(fd) },
  closeFd: { fd: (fd) => main.closeFd(fd) },
  connect: { fd: (fd) => os.connect(fd, address) },
  dup: { fd: (fd) => os.dup(fd) },
  fcntl: { fd: (fd) => os.fcntl(fd, os.F_GETFD) },
  flock: { fd: (fd) => os.flock(fd, os.LOCK_UN) },
  fstat: { fd: (fd) => os.fstat(fd) },
  fsync: { fd: (fd) => os.fsync(fd) },
  ftruncate: { fd: (fd) => os.ftruncate(fd, 0) },
  getpeername: { fd: (fd) => os.getpeername(fd) },
  getsockname: { fd: (fd) => os.getsockname(fd) },
  getWindowSize: { fd: (fd) => os.getWindowSize(fd) },
  getsockopt: { fd: (fd) => os.getsockopt(fd, os.SOL_SOCKET, os.SO_TYPE, buffer) },
  inotifyAddWatch: { fd: (fd) => os.inotifyAddWatch(fd, "/", os.IN_OPEN) },
  inotifyRmWatch: { fd: (fd) => os.inotifyRmWatch(fd, 1) },
  ioctl: { fd: (fd) => os.ioctl(fd, os.FIONREAD, buffer) },
  listen: { fd: (fd) => os.listen(fd) },
  localPort: { fd: (fd) => os.localPort(fd) },
  lseek: { fd: (fd) => os.lseek(fd, 0, os.SEEK_SET) },
  pread: { fd: (fd) => os.pread(fd, buffer, 0) },
  pwrite: { fd: (fd) => os.pwrite(fd, buffer, 0) },
  readv: { fd: (fd) => os.readv(fd, [buffer]) },
  recvmsg: { fd: (fd) => os.recvmsg(fd, buffer) },
  sendmsg: { fd: (fd) => os.sendmsg(fd, { data: buffer }) },
  sendSignal: { pidfd: (fd) => os.sendSignal(fd, 0) },
  read: { fd: (fd) => os.read(fd, buffer) },
  readInotify: { fd: (fd) => os.readInotify(fd) },
  setNonblocking: { fd: (fd) => os.setNonblocking(fd, true) },
  setsockopt: { fd: (fd) => os.setsockopt(fd, os.SOL_SOCKET, os.SO_KEEPALIVE, 1) },
  setWindowSize: { fd: (fd) => os.setWindowSize(fd, { rows: 24, columns: 80 }) },
  shutdown: { fd: (fd) => os.shutdown(fd, "both") },
  socketError: { fd: (fd) => os.socketError(fd) },
  waitPidfd: { pidfd: (fd) => os.waitPidfd(fd) },
  tcdrain: { fd: (fd) => os.tcdrain(fd) },
  tcflush: { fd: (fd) => os.tcflush(fd, os.TCIFLUSH) },
  tcgetattr: { fd: (fd) => os.tcgetattr(fd) },
  tcgetpgrp: { fd: (fd) => os.tcgetpgrp(fd) },
  tcsendbreak: { fd: (fd) => os.tcsendbreak(fd) },
  tcsetattr: { fd: (fd) => os.tcsetattr(fd, settings) },
  timerfdGettime: { fd: (fd) => os.timerfdGettime(fd) },
  timerfdSettime: { fd: (fd) => os.timerfdSettime(fd, { initial: 1 }) },
  write: { fd: (fd) => os.write(fd, buffer) },
  writev: { fd: (fd) => os.writev(fd, [buffer]) },
  EpollIOManager: {
    waitReadable: (fd) => manager.waitReadable(fd),
    waitWritable: (fd) => manager.waitWritable(fd),
    waitPriority: (fd) => manager.waitPriority(fd),
    waitHangup: (fd) => manager.waitHangup(fd),
    waitReady: (fd) => manager.waitReady(fd, { readable: true }),
    watch: (fd) => manager.watch(fd, {}, () => {}),
    closeFd: (fd) => manager.closeFd(fd),
  },
  ExclusiveWaiter: { fd: (fd) => new main.ExclusiveWaiter(fd) },
  FdStream: { fd: (fd) => new main.FdStream(fd) },
  waitReadable: { fd: (fd) => main.waitReadable(fd) },
  waitWritable: { fd: (fd) => main.waitWritable(fd) },
  waitPriority: { fd: (fd) => main.waitPriority(fd) },
  waitHangup: { fd: (fd) => main.waitHangup(fd) },
  waitReady: { fd: (fd) => main.waitReady(fd, { readable: true }) },
  watch: { fd: (fd) => main.watch(fd, {}, () => {}) },
};

/** Calls with another argument, by the names of exports, and the error for each value. */
const takingOthers: Record<string, Record<string, [call: Call, refusal: Refusal]>> = {
  bind: { address: [(address) => withSocket((fd) => os.bind(fd, address)), always] },
  connect: { address: [(address) => withSocket((fd) => os.connect(fd, address)), always] },
  connectTcp: {
    host: [(host) => main.connectTcp(host, 1, { signal: aborted }), text(["3"])],
    port: [(port) => main.connectTcp("::1", port, { signal: aborted }), integer(0, 65535)],
    noDelay: [
      (noDelay) => main.connectTcp("::1", 1, { noDelay, signal: aborted }),
      optional(boolean),
    ],
    ref: [(ref) => main.connectTcp("::1", 1, { ref, signal: aborted }), optional(boolean)],
    signal: [(signal) => main.connectTcp("::1", 1, { signal }), optional(always)],
  },
  connectUnix: {
    path: [(path) => main.connectUnix(path, { signal: aborted }), text(["3"])],
    ref: [(ref) => main.connectUnix("\0none", { ref, signal: aborted }), optional(boolean)],
    signal: [(signal) => main.connectUnix("\0none", { signal }), optional(always)],
  },
  addressOf: { view: [(view) => void os.addressOf(view), always] },
  eventfd: {
    initial: [(initial) => os.eventfd(initial), optional(integer(0, 2 ** 32 - 1))],
    flags: [(flags) => os.eventfd(0, flags), optional(flags)],
  },
  fcntl: {
    command: [(command) => withPipe((fd) => void os.fcntl(fd, command)), int],
    argument: [
      (argument) => withPipe((fd) => void os.fcntl(fd, os.F_GETFD, argument)),
      optional(flags),
    ],
  },
  flock: { operation: [(operation) => withSocket((fd) => os.flock(fd, operation)), flags] },
  ftruncate: {
    length: [
      (length) => withFile((fd) => os.ftruncate(fd, length)),
      integer(0, Number.MAX_SAFE_INTEGER),
    ],
  },
  getsockopt: {
    level: [(level) => withSocket((fd) => os.getsockopt(fd, level, 0, buffer)), int],
    name: [(name) => withSocket((fd) => os.getsockopt(fd, os.SOL_SOCKET, name, buffer)), int],
    value: [
      (value) => withSocket((fd) => os.getsockopt(fd, os.SOL_SOCKET, os.SO_TYPE, value)),
      always,
    ],
  },
  inetAddress: {
    host: [(host) => os.inetAddress(host, 0), always],
    port: [(port) => os.inetAddress("::1", port), integer(0, 65535)],
  },
  inotifyAddWatch: {
    mask: [(mask) => withInotify((fd) => void os.inotifyAddWatch(fd, "/", mask)), flags],
    path: [
      (path) => withInotify((fd) => void os.inotifyAddWatch(fd, path, os.IN_OPEN)),
      text(["3", ""]),
    ],
  },
  inotifyRmWatch: { wd: [(wd) => withInotify((fd) => os.inotifyRmWatch(fd, wd)), int] },
  ioctl: {
    request: [(request) => withSocket((fd) => os.ioctl(fd, request)), flags],
    argument: [
      (argument) => withSocket((fd) => os.ioctl(fd, os.FIONREAD, argument)),
      optional(integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
    ],
  },
  lastError: {
    syscall: [(syscall) => os.lastError(syscall), text(["3", ""])],
    fd: [(fd) => os.lastError("call", fd), optional(always)],
  },
  listen: { backlog: [(backlog) => withSocket((fd) => os.listen(fd, backlog)), optional(int)] },
  listenTcp: {
    port: [(port) => os.listenTcp("127.0.0.1", port), integer(0, 65535)],
    backlog: [(backlog) => os.listenTcp("127.0.0.1", 0, { backlog }), optional(int)],
    noDelay: [(noDelay) => os.listenTcp("127.0.0.1", 0, { noDelay }), optional(boolean)],
    reusePort: [(reusePort) => os.listenTcp("127.0.0.1", 0, { reusePort }), optional(boolean)],
    host: [(host) => os.listenTcp(host, 0), always],
  },
  listenUnix: {
    path: [(path) => os.listenUnix(path), text(["3"])],
    backlog: [(backlog) => withSocketPath((path) => os.listenUnix(path, backlog)), optional(int)],
  },
  lseek: {
    offset: [
      (offset) => withFile((fd) => os.lseek(fd, offset, os.SEEK_SET)),
      integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    ],
    whence: [(whence) => withFile((fd) => os.lseek(fd, 0, whence)), int],
  },
  memfdCreate: {
    name: [(name) => os.memfdCreate(name), text(["3", ""])],
    flags: [(flags) => os.memfdCreate("bad_arguments", flags), optional(flags)],
  },
  mkfifo: {
    path: [(path) => os.mkfifo(path, 0o600), text(["3", ""])],
    mode: [
      (mode) => withSocketPath((path) => void os.mkfifo(path, mode)),
      optional(flags),
    ],
  },
  open: {
    path: [(path) => os.open(path, os.O_RDONLY), text(["3", ""])],
    flags: [(flags) => os.open("/dev/null", flags), flags],
    mode: [(mode) => os.open("/dev/null", os.O_RDONLY, mode), optional(flags)],
  },
  makeRaw: settingRows(os.makeRaw, { iflag: flags, oflag: flags, cflag: flags, lflag: flags }),
  parseAddress: { address: [(address) => os.parseAddress(address), always] },
  parseCredentials: { control: [(control) => os.parseCredentials(control), notAnArray] },
  parseExtendedError: { control: [(control) => os.parseExtendedError(control), notAnArray] },
  parsePacketInfo: { control: [(control) => os.parsePacketInfo(control), notAnArray] },
  parseSegmentSize: { control: [(control) => os.parseSegmentSize(control), notAnArray] },
  parseTimestamps: { control: [(control) => os.parseTimestamps(control), notAnArray] },
  pipe: { flags: [(flags) => closeAll(os.pipe(flags)), optional(flags)] },
  poll: {
    fds: [(fds) => void os.poll(fds), notAnArray],
    entry: [(entry) => void os.poll([entry]), notAnObject],
    fd: [(fd) => void os.poll([{ fd, events: os.POLLIN }]), always],
    events: [(events) => withPipe((fd) => void os.poll([{ fd, events }])), integer(0, 65535)],
  },
  pread: {
    buffer: [(buffer) => withFile((fd) => os.pread(fd, buffer, 0)), always],
    offset: [
      (offset) => withFile((fd) => os.pread(fd, buffer, offset)),
      integer(0, Number.MAX_SAFE_INTEGER),
    ],
  },
  pwrite: {
    data: [(data) => withFile((fd) => os.pwrite(fd, data, 0)), always],
    offset: [
      (offset) => withFile((fd) => os.pwrite(fd, buffer, offset)),
      integer(0, Number.MAX_SAFE_INTEGER),
    ],
  },
  pidfdOpen: { pid: [(pid) => os.pidfdOpen(pid), integer(1, 2 ** 31 - 1)] },
  readv: {
    buffers: [(buffers) => withSocket((fd) => os.readv(fd, buffers)), notAnArray],
    buffer: [(buffer) => withSocket((fd) => os.readv(fd, [buffer])), always],
  },
  recvmsg: {
    buffer: [(buffer) => withSocket((fd) => os.recvmsg(fd, buffer)), always],
    maxFds: [
      (maxFds) => withDatagrams((fd) => os.recvmsg(fd, buffer, { maxFds })),
      optional(integer(0, 253)),
    ],
    flags: [(flags) => withDatagrams((fd) => os.recvmsg(fd, buffer, { flags })), optional(flags)],
    controlSize: [
      (controlSize) => withDatagrams((fd) => os.recvmsg(fd, buffer, { controlSize })),
      optional(integer(0, 65536)),
    ],
  },
  sendmsg: {
    data: [(data) => withDatagrams((fd) => os.sendmsg(fd, { data, address })), notAnArray],
    piece: [(piece) => withDatagrams((fd) => os.sendmsg(fd, { data: [piece], address })), always],
    address: [
      (address) => withDatagrams((fd) => os.sendmsg(fd, { data: buffer, address })),
      optional(always),
    ],
    fds: [
      (fds) => withDatagrams((fd) => os.sendmsg(fd, { data: buffer, fds })),
      optional(notAnArray),
    ],
    control: [
      (control) => withDatagrams((fd) => os.sendmsg(fd, { data: buffer, address: local, control })),
      optional(notAnArray),
    ],
    level: [(level) => sendControl({ level, type: 8, data: pktinfo }), int],
    type: [(type) => sendControl({ level: 0, type, data: pktinfo }), int],
    controlData: [(data) => sendControl({ level: 0, type: 8, data }), always],
    descriptor: [
      (descriptor) => withDatagrams((fd) => os.sendmsg(fd, { data: buffer, fds: [descriptor] })),
      always,
    ],
    flags: [
      (flags) => withDatagrams((fd) => os.sendmsg(fd, { data: buffer, address }, flags)),
      optional(flags),
    ],
  },
  sendSignal: { signal: [(signal) => withProcess((fd) => os.sendSignal(fd, signal)), signalOf] },
  spawn: {
    path: [(path) => os.spawn(path), text(["3", ""])],
    args: [(args) => os.spawn(missing, { args }), optional(notAnArray)],
    arg: [(arg) => os.spawn(missing, { args: [arg] }), text(["3", ""])],
    argv0: [(argv0) => os.spawn(missing, { argv0 }), optional(text(["3", ""]))],
    cwd: [(cwd) => os.spawn(missing, { cwd }), optional(text(["3", ""]))],
    env: [(env) => os.spawn(missing, { env }), optional(object)],
    variable: [(value) => os.spawn(missing, { env: { NAME: value } }), optional(text(["3", ""]))],
    terminal: [(terminal) => os.spawn(missing, { terminal }), optional(text(["3", ""]))],
    stdio: [(stdio) => os.spawn(missing, { stdio }), optional(notAnArray)],
    descriptor: [(fd) => os.spawn(missing, { stdio: [fd] }), optional(nullable(always))],
    setsid: [(setsid) => os.spawn(missing, { setsid }), optional(boolean)],
  },
  writev: {
    buffers: [(buffers) => withSocket((fd) => os.writev(fd, buffers)), notAnArray],
    buffer: [(buffer) => withSocket((fd) => os.writev(fd, [buffer])), always],
  },
  setWindowSize: {
    rows: [
      (rows) => withTerminal((fd) => os.setWindowSize(fd, { rows, columns: 80 })),
      integer(0, 65535),
    ],
    columns: [
      (columns) => withTerminal((fd) => os.setWindowSize(fd, { rows: 24, columns })),
      integer(0, 65535),
    ],
    pixelWidth: [
      (pixelWidth) =>
        withTerminal((fd) => os.setWindowSize(fd, { rows: 24, columns: 80, pixelWidth })),
      optional(integer(0, 65535)),
    ],
    pixelHeight: [
      (pixelHeight) =>
        withTerminal((fd) => os.setWindowSize(fd, { rows: 24, columns: 80, pixelHeight })),
      optional(integer(0, 65535)),
    ],
  },
  setNonblocking: { on: [(on) => withPipe((fd) => os.setNonblocking(fd, on)), boolean] },
  setsockopt: {
    level: [(level) => withSocket((fd) => os.setsockopt(fd, level, 0, 0)), int],
    name: [(name) => withSocket((fd) => os.setsockopt(fd, os.SOL_SOCKET, name, 0)), int],
    value: [
      (value) => withSocket((fd) => os.setsockopt(fd, os.SOL_SOCKET, os.SO_KEEPALIVE, value)),
      flags,
    ],
  },
  shutdown: { direction: [(how) => withPipe((fd) => os.shutdown(fd, how)), always] },
  socket: {
    domain: [(domain) => os.socket(domain, os.SOCK_STREAM), int],
    type: [(type) => os.socket(os.AF_UNIX, type), flags],
    protocol: [(protocol) => os.socket(os.AF_UNIX, os.SOCK_STREAM, protocol), optional(int)],
  },
  socketpair: { type: [(type) => closeAll(os.socketpair(type)), optional(flags)] },
  tcflush: { queue: [(queue) => withPipe((fd) => os.tcflush(fd, queue)), integer(0, 2)] },
  tcsetattr: {
    when: [
      (when) => withPipe((fd) => os.tcsetattr(fd, settings, when)),
      optional(integer(0, 2)),
    ],
    ...settingRows((termios) => withPipe((fd) => os.tcsetattr(fd, termios)), {
      iflag: flags,
      oflag: flags,
      cflag: flags,
      lflag: flags,
      line: integer(0, 255),
      cc: always,
      ispeed: integer(0, 2 ** 32 - 1),
      ospeed: integer(0, 2 ** 32 - 1),
    }),
  },
  timerfd: {
    initial: [(initial) => os.timerfd({ initial }), time],
    interval: [(interval) => os.timerfd({ initial: 1, interval }), optional(time)],
    clock: [(clock) => os.timerfd({ initial: 1, clock }), optional(int)],
    absolute: [(absolute) => os.timerfd({ initial: 1, absolute }), optional(boolean)],
    cancelOnSet: [
      (cancelOnSet) =>
        os.timerfd({ initial: 1, absolute: true, clock: os.CLOCK_REALTIME, cancelOnSet }),
      optional(boolean),
    ],
  },
  timerfdSettime: {
    initial: [(initial) => withTimer((fd) => os.timerfdSettime(fd, { initial })), time],
    interval: [
      (interval) => withTimer((fd) => os.timerfdSettime(fd, { initial: 1, interval })),
      optional(time),
    ],
    absolute: [
      (absolute) => withTimer((fd) => os.timerfdSettime(fd, { initial: 1, absolute })),
      optional(boolean),
    ],
  },
  unixAddress: { path: [(path) => os.unixAddress(path), text(["3"])] },
  EpollIOManager: {
    busyPoll: [(busyPoll) => new main.EpollIOManager({ busyPoll }), optional(duration)],
    getEvents: [(timeout) => {
      manager.forceWakeup();
      manager.processEvents(manager.getEvents(timeout));
    }, anyTime],
    listener: [(listener) => withPipe((fd) => manager.watch(fd, {}, listener).close()), callable],
  },
  waitReadable: {
    ref: [(ref) => withData((fd) => main.waitReadable(fd, { ref })), optional(boolean)],
  },
  waitReady: {
    timeout: [
      (timeout) => withData((fd) => main.waitReady(fd, { readable: true, timeout })),
      optional(duration),
    ],
    readable: [
      (readable) => withPipe((fd) => main.waitReady(fd, { readable, timeout: 0 })),
      optional(boolean),
    ],
  },
  watch: {
    listener: [(listener) => withPipe((fd) => main.watch(fd, {}, listener).close()), callable],
    readable: [
      (readable) => withPipe((fd) => main.watch(fd, { readable }, () => {}).close()),
      optional(boolean),
    ],
  },
};

/** Calls with options, which are read one by one, by the names of exports. */
const takingOptions: Record<string, Record<string, (options: never) => unknown>> = {
  connectTcp: { options: (options) => main.connectTcp("::1", 1, options) },
  connectUnix: { options: (options) => main.connectUnix("\0none", options) },
  listenTcp: { options: (options) => os.listenTcp("127.0.0.1", 0, options) },
  recvmsg: { options: (options) => withDatagrams((fd) => os.recvmsg(fd, buffer, options)) },
  sendmsg: { message: (message) => withDatagrams((fd) => os.sendmsg(fd, message)) },
  spawn: { options: (options) => os.spawn(missing, options) },
  setWindowSize: { size: (size) => withTerminal((fd) => os.setWindowSize(fd, size)) },
  timerfd: { options: (options) => os.timerfd(options) },
  timerfdSettime: {
    options: (options) => withTimer((fd) => os.timerfdSettime(fd, options)),
  },
  poll: { entry: (entry) => void os.poll([entry]) },
  EpollIOManager: {
    options: (options) => new main.EpollIOManager(options),
    waitReadable: (options) => withPipe((fd) => manager.waitReadable(fd, options)),
    waitReady: (options) => withPipe((fd) => manager.waitReady(fd, options)),
    watch: (interest) => withPipe((fd) => manager.watch(fd, interest, () => {}).close()),
  },
  ExclusiveWaiter: {
    options: (options) => withPipe((fd) => new main.ExclusiveWaiter(fd, options)),
  },
  FdStream: {
    options: (options) => withPipe((fd) => new main.FdStream(fd, options)),
    read: (options) => withStream((stream) => stream.read(buffer, options)),
    write: (options) => withStream((stream) => stream.write(buffer, options)),
    writeAll: (options) => withStream((stream) => stream.writeAll(buffer, options)),
  },
  waitReadable: { options: (options) => withPipe((fd) => main.waitReadable(fd, options)) },
  waitWritable: { options: (options) => withPipe((fd) => main.waitWritable(fd, options)) },
  waitPriority: { options: (options) => withPipe((fd) => main.waitPriority(fd, options)) },
  waitHangup: { options: (options) => withPipe((fd) => main.waitHangup(fd, options)) },
  waitReady: { options: (options) => withPipe((fd) => main.waitReady(fd, options)) },
  watch: { interest: (interest) => withPipe((fd) => main.watch(fd, interest, () => {}).close()) },
};

/** The exports without a row, and the reason. */
const others: Record<string, string> = {
  BusyResourceError: "an error",
  ClosedResourceError: "an error",
  SystemError: "an error",
  UnsupportedPlatformError: "an error",
  Wakeup: "takes nothing",
  defaultManager: "takes nothing",
  inotify: "takes nothing",
  openpty: "takes nothing",
  notifyClosing: "is silent about what nobody waits for: see below",
  openWakeup: "takes a handle: tests/wakeup",
  useLibc: "takes the path of a library: tests/process",
  wakeOnSignal: "takes a name: tests/wakeup",
};

/** Returns the name of the expected error for `value`; undefined if the value may be accepted. */
type Refusal = (value: unknown) => "TypeError" | "RangeError" | undefined;

function always(): "TypeError" {
  return "TypeError";
}

function signalOf(value: unknown): ReturnType<Refusal> {
  return typeof value === "string" ? "TypeError" : integer(0, 64)(value);
}

function object(value: unknown): ReturnType<Refusal> {
  return typeof value === "object" && value !== null ? undefined : "TypeError";
}

function nullable(refusal: Refusal): Refusal {
  return (value) => value === null ? undefined : refusal(value);
}

function callable(value: unknown): ReturnType<Refusal> {
  return typeof value === "function" ? undefined : "TypeError";
}

/** Another row is about missing properties. */
function notAnObject(value: unknown): ReturnType<Refusal> {
  return typeof value === "object" && value !== null ? undefined : "TypeError";
}

function notAnArray(value: unknown): ReturnType<Refusal> {
  return Array.isArray(value) ? undefined : "TypeError";
}

function integer(min: number, max: number): Refusal {
  return (value) => {
    if (typeof value !== "number" || !Number.isInteger(value)) return "TypeError";
    return value < min || value > max ? "RangeError" : undefined;
  };
}

function int(value: unknown): ReturnType<Refusal> {
  return integer(-(2 ** 31), 2 ** 31 - 1)(value);
}

function flags(value: unknown): ReturnType<Refusal> {
  return integer(-(2 ** 31), 2 ** 32 - 1)(value);
}

function boolean(value: unknown): ReturnType<Refusal> {
  return typeof value === "boolean" ? undefined : "TypeError";
}

function duration(value: unknown): ReturnType<Refusal> {
  if (typeof value !== "number") return "TypeError";
  return value >= 0 ? undefined : "RangeError";
}

function time(value: unknown): ReturnType<Refusal> {
  return value === Infinity ? "RangeError" : duration(value);
}

/** For `getEvents`. */
function anyTime(value: unknown): ReturnType<Refusal> {
  return typeof value === "number" ? duration(value) : undefined;
}

function optional(refusal: Refusal): Refusal {
  return (value) => value === undefined ? undefined : refusal(value);
}

function text(allowed: readonly string[]): Refusal {
  return (value) => allowed.some((text) => text === value) ? undefined : "TypeError";
}

/** Returns a row for each setting of a terminal. */
function settingRows(
  call: (termios: os.Termios) => unknown,
  refusals: Record<string, Refusal>,
): Record<string, [call: Call, refusal: Refusal]> {
  return Object.fromEntries(
    Object.entries(refusals).map(([name, refusal]) => [
      name,
      [(value) => call({ ...settings, [name]: value }), refusal],
    ]),
  );
}

function sendControl(message: os.ControlMessage): Promise<void> {
  return withDatagrams((fd) =>
    os.sendmsg(fd, { data: buffer, address: local, control: [message] })
  );
}

function withProcess(body: (fd: number) => unknown): Promise<void> {
  return withFds([os.pidfdOpen(process.pid)], ([fd]) => void body(fd!));
}

function withInotify(body: (fd: number) => unknown): Promise<void> {
  return withFds([os.inotify()], ([fd]) => body(fd!));
}

/** Runs `body` with an empty file. */
function withFile(body: (fd: number) => unknown): Promise<void> {
  return withFds([os.memfdCreate("bad_arguments")], ([fd]) => void body(fd!));
}

function withTimer(body: (fd: number) => unknown): Promise<void> {
  return withFds([os.timerfd({ initial: 1e6 })], ([fd]) => body(fd!));
}

/** Runs `body` with the controller of a pseudo-terminal. */
function withTerminal(body: (fd: number) => unknown): Promise<void> {
  const { controller, terminal } = os.openpty();
  return withFds([controller, terminal], ([fd]) => body(fd!));
}

function withSocketPath(body: (path: string) => unknown): unknown {
  using folder = new TemporaryFolder();
  return body(join(folder.path, "socket"));
}

function withPipe(body: (fd: number) => unknown): Promise<void> {
  return withFds(os.pipe(), ([from]) => body(from!));
}

/** Runs `body` with a pipe that has something to read. */
function withData(body: (fd: number) => unknown): Promise<void> {
  return withFds(os.pipe(), ([from, to]) => {
    os.write(to!, new Uint8Array(1));
    return body(from!);
  });
}

/** Runs `body`, which doesn't return a descriptor, with a TCP socket. */
function withSocket(body: (fd: number) => unknown): Promise<void> {
  return withFds([os.socket(os.AF_INET, os.SOCK_STREAM)], ([fd]) => void body(fd!));
}

/** The same with a UDP socket. */
function withDatagrams(body: (fd: number) => unknown): Promise<void> {
  return withFds([os.socket(os.AF_INET, os.SOCK_DGRAM)], ([fd]) => void body(fd!));
}

function withStream(body: (stream: main.FdStream) => unknown): Promise<void> {
  return withFds(os.socketpair(), async ([one]) => {
    using stream = new main.FdStream(os.dup(one!));
    await body(stream);
  });
}

function closeAll(fds: number[]): void {
  for (const fd of fds) os.close(fd);
}

async function withFds(fds: number[], body: (fds: number[]) => unknown): Promise<void> {
  try {
    const result = await body(fds);
    if (result instanceof main.FdStream) fds = fds.filter((fd) => fd !== result.fd);
    await release(result);
  } finally {
    for (const fd of fds) os.close(fd);
  }
}

/**
 * Returns the error of `call`, thrown or as a rejection. Without an error, closes the descriptor
 * that it opened.
 */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await release(await call());
  } catch (error) {
    return error;
  }
}

async function release(result: unknown): Promise<void> {
  if (typeof result === "number") os.close(result);
  else if (result instanceof main.FdStream) result.close();
  else if (result instanceof main.EpollIOManager || result instanceof main.ExclusiveWaiter) {
    await result.close();
  }
}

/**
 * Runs `body` in a folder of its own, where valid paths may create files. Asserts that it has not
 * opened, closed, changed or read any descriptor.
 */
async function harmless(body: () => Promise<void>): Promise<void> {
  using traps = new TrapFds();
  using folder = new TemporaryFolder();
  const outside = process.cwd();
  process.chdir(folder.path);
  try {
    const before = descriptors();
    await body();
    assertEquals(descriptors(), before);
  } finally {
    process.chdir(outside);
  }
  traps.assertUnread();
}

function entries<T>(table: Record<string, Record<string, T>>): [name: string, row: T][] {
  return Object.entries(table).flatMap(([name, rows]) =>
    Object.entries(rows).map(([parameter, row]): [string, T] => [`${name}, ${parameter}`, row])
  );
}

/** A descriptor that isn't open. The kernel hands out lower numbers first. */
const closed = 999;

// Opened now, and not by the first wait.
main.defaultManager();

describe("every function with a descriptor", () => {
  for (const [name, call] of entries(takingDescriptors)) {
    it(`refuses other values: ${name}`, () =>
      harmless(async () => {
        for (const [value, shown] of values) {
          const error = await errorOf(() => call(value as never));
          assert(error instanceof TypeError, `${shown} gave ${error}`);
          assertStringIncludes(error.message, shown);
        }
        const gone = await errorOf(() => call(closed as never));
        assert(gone instanceof main.SystemError, `a closed one gave ${gone}`);
        assertEquals(gone.code, "EBADF");
      }));

    it(`throws the error that its object throws: ${name}`, () =>
      harmless(async () => {
        const thrown = new Error("thrown");
        const fail = (): never => {
          throw thrown;
        };
        const objects = [{ fileno: fail }, Object.defineProperty({}, "fd", { get: fail })];
        for (const object of objects) {
          assertEquals(await errorOf(() => call(object as never)), thrown);
        }
      }));
  }

  it("refuses other values in optimised code too", () =>
    harmless(async () => {
      const [from, to] = os.pipe();
      const nothing = buffer.subarray(0, 0);
      const calls: Call[] = [
        (fd) => os.write(fd, nothing),
        (fd) => os.setNonblocking(fd, true),
        (fd) => os.read(fd, buffer),
      ];
      for (const call of calls) {
        const fd = (call === calls[2] ? from : to) as never;
        for (let count = 0; count < 20_000; count++) call(fd);
        for (const [value, shown] of values) {
          const error = await errorOf(() => call(value as never));
          assert(error instanceof TypeError, `${shown} gave ${error}`);
        }
      }
      os.close(from);
      os.close(to);
    }));

  it("ignores other values in notifyClosing()", () =>
    harmless(async () => {
      for (const [value] of values) {
        await errorOf(() => main.notifyClosing(value as never));
        await errorOf(() => manager.notifyClosing(value as never));
      }
    }));
});

describe("every function with other arguments", () => {
  for (const [name, [call, refusal]] of entries(takingOthers)) {
    it(`refuses wrong values: ${name}`, () =>
      harmless(async () => {
        for (const [value, shown] of values) {
          const expected = refusal(value);
          const error = await errorOf(() => call(value as never));
          if (expected === undefined) continue;
          assert(error instanceof Error, `${shown} passed`);
          assertEquals(error.name, expected, `${shown} gave ${error}`);
          assertStringIncludes(error.message, shown);
        }
      }));
  }
});

describe("every function with options", () => {
  for (const [name, call] of entries(takingOptions)) {
    it(`throws the error that a getter throws: ${name}`, () =>
      harmless(async () => {
        const thrown = new Error("thrown");
        const options = new Proxy({}, {
          get() {
            throw thrown;
          },
        });
        assertEquals(await errorOf(() => call(options as never)), thrown);
      }));

    it(`refuses other values than objects: ${name}`, () =>
      harmless(async () => {
        for (const value of [7, "text", true, Symbol("mine"), 7n, () => {}]) {
          const error = await errorOf(() => call(value as never));
          assert(error instanceof TypeError);
          assertStringIncludes(error.message, "must be an object");
        }
      }));
  }
});

describe("the tables of bad arguments", () => {
  it("have a row, or a reason, for every function and class", () => {
    const exported = Object.entries({ ...main, ...os })
      .filter(([, value]) => typeof value === "function")
      .map(([name]) => name);
    const tables = [takingDescriptors, takingOthers, takingOptions, others];
    const covered = new Set(tables.flatMap((table) => Object.keys(table)));
    assertEquals([...covered].sort(), exported.sort());
  });
});
