/** Control data of messages: receiving, sending and decoding it. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { SystemError, waitReadable, waitReady } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { decodeFds, decodeMessages, encodeControl } from "../../src/sys/control_messages.ts";
import { run } from "../support/children.ts";
import { countFds, Fds } from "../support/fds.ts";
import { describeUnless } from "../support/skip.ts";
import { Random } from "../support/random.ts";

const text = new TextEncoder().encode("hello");
const buffer = new Uint8Array(65536);
const nanosecondsPerMillisecond = 1_000_000n;

/** A UDP socket that is bound to `host`. */
function udp(fds: Fds, host: string): number {
  const address = os.inetAddress(host, 0);
  const fd = fds.own(os.socket(os.parseAddress(address).family, os.SOCK_DGRAM));
  os.bind(fd, address);
  return fd;
}

function int32(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer);
}

async function receive(fd: number, options?: os.RecvmsgOptions): Promise<os.IncomingMessage> {
  await waitReadable(fd);
  return os.recvmsg(fd, buffer, options)!;
}

/** The error queue of a socket, which makes it ready without being readable. */
async function receiveError(fd: number): Promise<os.IncomingMessage> {
  await waitReady(fd, { readable: true });
  return os.recvmsg(fd, buffer, { flags: os.MSG_ERRQUEUE })!;
}

/** An address without a receiver. */
function unused(host: string): Uint8Array {
  using fds = new Fds();
  return os.getsockname(udp(fds, host));
}

describe("recvmsg() with control data", () => {
  it("has none unless an option asks for it", () => {
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    os.sendmsg(one, { data: text });
    assertEquals(os.recvmsg(other, buffer)!.control, []);
  });

  it("returns the sender's credentials, beside descriptors too", () => {
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    os.setsockopt(other, os.SOL_SOCKET, os.SO_PASSCRED, 1);
    const { pid, getuid, getgid } = process;
    for (const maxFds of [0, 1, 253]) {
      os.sendmsg(one, { data: text, fds: maxFds === 0 ? [] : [one] });
      const { control, fds: passed, flags } = os.recvmsg(other, buffer, { maxFds })!;
      passed.forEach(fds.own, fds);
      assertEquals([control.length, passed.length, flags], [1, Math.min(maxFds, 1), 0]);
      assertEquals(os.parseCredentials(control), { pid, uid: getuid!(), gid: getgid!() });
    }
  });

  it("returns the address that a datagram was sent to, and sendmsg() answers from there", async () => {
    using fds = new Fds();
    const cases = [
      {
        host: "127.0.0.1",
        any: "0.0.0.0",
        to: "127.0.0.3",
        options: [os.IPPROTO_IP, os.IP_PKTINFO],
      },
      { host: "::1", any: "::", to: "::1", options: [os.IPPROTO_IPV6, os.IPV6_RECVPKTINFO] },
    ] as const;
    for (const { host, any, to, options: [level, option] } of cases) {
      const [client, server] = [udp(fds, host), udp(fds, any)];
      os.setsockopt(server, level, option, 1);
      os.sendmsg(client, { data: text, address: os.inetAddress(to, os.localPort(server)) });
      const { address, control } = await receive(server);
      const { interfaceIndex, destination } = os.parsePacketInfo(control)!;
      assertEquals([interfaceIndex, destination], [1, to]);
      os.sendmsg(server, { data: text, address, control });
      assertEquals(os.parseAddress((await receive(client)).address).host, to);
    }
  });

  it("returns when a message arrived, by each option", async () => {
    const { SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMPING } = os;
    const software = os.SOF_TIMESTAMPING_RX_SOFTWARE | os.SOF_TIMESTAMPING_SOFTWARE;
    for (
      const [option, value] of [[SO_TIMESTAMP, 1], [SO_TIMESTAMPNS, 1], [SO_TIMESTAMPING, software]]
    ) {
      using fds = new Fds();
      const fd = udp(fds, "127.0.0.1");
      os.setsockopt(fd, os.SOL_SOCKET, option!, value!);
      const earliest = BigInt(Date.now() - 60_000) * nanosecondsPerMillisecond;
      const latest = BigInt(Date.now() + 60_000) * nanosecondsPerMillisecond;
      // The kernel begins to take them a moment later.
      let times: os.Timestamps | undefined;
      while (times === undefined) {
        os.sendmsg(fd, { data: text, address: os.getsockname(fd) });
        times = os.parseTimestamps((await receive(fd)).control);
      }
      assertEquals(Object.keys(times), ["software"]);
      assert(times.software! > earliest && times.software! < latest, `${times.software}`);
    }
  });

  it("returns when a message was sent, from the error queue", async () => {
    using fds = new Fds();
    const fd = udp(fds, "127.0.0.1");
    const flags = os.SOF_TIMESTAMPING_TX_SOFTWARE | os.SOF_TIMESTAMPING_SOFTWARE |
      os.SOF_TIMESTAMPING_OPT_ID | os.SOF_TIMESTAMPING_OPT_TSONLY;
    os.setsockopt(fd, os.SOL_SOCKET, os.SO_TIMESTAMPING, flags);
    const address = unused("127.0.0.1");
    for (let number = 0; number < 3; number++) {
      os.sendmsg(fd, { data: text, address });
      const { control, length } = await receiveError(fd);
      assert(os.parseTimestamps(control)!.software! > 0n);
      const { error, origin, data } = os.parseExtendedError(control)!;
      assertEquals([error, origin, data], ["ENOMSG", os.SO_EE_ORIGIN_TIMESTAMPING, number]);
      assertEquals(length, 0);
    }
  });

  it("returns why a datagram was refused, and where", async () => {
    using fds = new Fds();
    const cases = [
      {
        host: "127.0.0.1",
        options: [os.IPPROTO_IP, os.IP_RECVERR],
        origin: os.SO_EE_ORIGIN_ICMP,
        type: 3,
        code: 3,
      },
      {
        host: "::1",
        options: [os.IPPROTO_IPV6, os.IPV6_RECVERR],
        origin: os.SO_EE_ORIGIN_ICMP6,
        type: 1,
        code: 4,
      },
    ] as const;
    for (const { host, options: [level, option], origin, type, code } of cases) {
      const fd = udp(fds, host);
      os.setsockopt(fd, level, option, 1);
      const address = unused(host);
      os.sendmsg(fd, { data: text, address });
      const message = await receiveError(fd);
      const { offender, ...error } = os.parseExtendedError(message.control)!;
      assertEquals(error, { error: "ECONNREFUSED", origin, type, code, info: 0, data: 0 });
      assertEquals(os.parseAddress(offender).host, host);
      assertEquals(message.address, address);
      assert(message.flags & os.MSG_ERRQUEUE);
    }
  });

  it("returns an error of this machine without an offender", async () => {
    using fds = new Fds();
    const fd = udp(fds, "127.0.0.1");
    os.setsockopt(fd, os.IPPROTO_IP, os.IP_RECVERR, 1);
    const IP_MTU_DISCOVER = 10;
    const IP_PMTUDISC_DO = 2;
    os.setsockopt(fd, os.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
    const address = unused("127.0.0.1");
    const long = new Uint8Array(65_520);
    assertThrows(() => os.sendmsg(fd, { data: long, address }), SystemError, "EMSGSIZE");
    const { error, origin, offender } = os.parseExtendedError((await receiveError(fd)).control)!;
    assertEquals([error, origin], ["EMSGSIZE", os.SO_EE_ORIGIN_LOCAL]);
    assertEquals(offender.length, 0);
  });

  it("returns the size of datagrams that were received as one", async () => {
    using fds = new Fds();
    const fd = udp(fds, "127.0.0.1");
    os.setsockopt(fd, os.IPPROTO_UDP, os.UDP_GRO, 1);
    const size = new Uint8Array(new Uint16Array([500]).buffer);
    const control = [{ level: os.IPPROTO_UDP, type: os.UDP_SEGMENT, data: size }];
    const address = os.getsockname(fd);
    os.sendmsg(fd, { data: new Uint8Array(1700), address, control });
    const many = await receive(fd);
    assertEquals([many.length, os.parseSegmentSize(many.control)], [1700, 500]);
    os.sendmsg(fd, { data: text, address });
    assertEquals(os.parseSegmentSize((await receive(fd)).control), undefined);
  });

  it("sets MSG_CTRUNC where there is no room, and cuts nothing else off", () => {
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    os.setsockopt(other, os.SOL_SOCKET, os.SO_PASSCRED, 1);
    const before = countFds();
    for (let controlSize = 0; controlSize < 64; controlSize++) {
      os.sendmsg(one, { data: text, fds: [one, other] });
      const { length, control, fds: passed, flags } = os.recvmsg(other, buffer, { controlSize })!;
      assertEquals([length, passed], [5, []]);
      assertEquals(flags & os.MSG_CTRUNC, os.MSG_CTRUNC);
      const complete = controlSize >= 16 + 12;
      assertEquals(os.parseCredentials(control)?.pid, complete ? process.pid : undefined);
      assertEquals(countFds(), before);
    }
  });
});

describe("sendmsg() with control data", () => {
  it("sends it beside descriptors", () => {
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    os.setsockopt(other, os.SOL_SOCKET, os.SO_PASSCRED, 1);
    const { pid, getuid, getgid } = process;
    const data = new Uint32Array([pid, getuid!(), getgid!()]);
    const credentials = {
      level: os.SOL_SOCKET,
      type: os.SCM_CREDENTIALS,
      data: new Uint8Array(data.buffer),
    };
    os.sendmsg(one, { data: text, fds: [one], control: [credentials] });
    const { control, fds: passed } = os.recvmsg(other, buffer, { maxFds: 1 })!;
    passed.forEach(fds.own, fds);
    assertEquals([passed.length, control], [1, [credentials]]);
  });

  it("fails for messages that the kernel doesn't know", () => {
    using fds = new Fds();
    const [one] = fds.socketpair();
    for (const size of [0, 1, 7, 8, 9, 1000, 100_000]) {
      const control = [{ level: os.SOL_SOCKET, type: 99, data: new Uint8Array(size) }];
      const error = assertThrows(() => os.sendmsg(one, { data: text, control }), SystemError);
      assert(["EINVAL", "ENOBUFS"].includes(error.code), error.message);
    }
  });

  it("refuses descriptors as control data", () => {
    using fds = new Fds();
    const [one] = fds.socketpair();
    const control = [{ level: os.SOL_SOCKET, type: os.SCM_RIGHTS, data: int32(one) }];
    assertThrows(() => os.sendmsg(one, { data: text, control }), TypeError, "pass them as fds");
  });
});

const script = `
import socket, sys
s = socket.socket(fileno=3)
data, control, flags, address = s.recvmsg(64, 1024)
print(";".join(f"{level},{type},{data.hex()}" for level, type, data in control))
`;

/** Why Python can't be asked. */
const noPython = await run("/usr/bin/env", { args: ["python3", "-c", "import socket"] })
  .then(({ code, output }) => code === 0 ? undefined : `needs python3: ${output}`);

describeUnless(noPython, "control data of recvmsg()", () => {
  it("equals the result of Python's socket.recvmsg() for the same message", async () => {
    using fds = new Fds();
    const fd = udp(fds, "127.0.0.1");
    const { IPPROTO_IP, IP_PKTINFO, IP_RECVTTL, IP_RECVTOS } = os;
    for (const option of [IP_PKTINFO, IP_RECVTTL, IP_RECVTOS]) {
      os.setsockopt(fd, IPPROTO_IP, option, 1);
    }
    const TIMESTAMP = os.SO_TIMESTAMPNS;
    os.setsockopt(fd, os.SOL_SOCKET, TIMESTAMP, 1);
    os.sendmsg(fd, { data: text, address: os.getsockname(fd) });
    const { control } = await receive(fd, { flags: os.MSG_PEEK });
    const { output } = await run("/usr/bin/env", {
      args: ["python3", "-c", script],
      stdio: [null, undefined, undefined, fd],
    });
    const ours = control.map(({ level, type, data }) => `${level},${type},${data.toHex()}`);
    assertEquals(output.trim().split(";"), ours);
    assertEquals(control.length, 4);
  });
});

describe("decoding control data", () => {
  const random = new Random(1);
  const bytes = (length: number) => random.bytes(length);

  it("finds what was encoded", () => {
    const messages = [0, 1, 7, 8, 9, 100].map((length, type) => ({
      level: 41,
      type,
      data: bytes(length),
    }));
    const encoded = encodeControl([3, 4, 5], messages);
    const view = new DataView(encoded.buffer);
    assertEquals(decodeMessages(view), messages);
    assertEquals(decodeFds(view), { passed: [3, 4, 5], added: [] });
  });

  it("never reads outside it, if it is cut off or has wrong sizes", () => {
    const valid = encodeControl([3, 4], [{ level: 0, type: 8, data: bytes(12) }]);
    const cut = Array.from({ length: valid.length + 1 }, (_, length) => valid.slice(0, length));
    const sizes = [0, 1, 15, 16, 17, 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1].map((size) => {
      const wrong = valid.slice();
      new DataView(wrong.buffer).setUint32(0, size, true);
      return wrong;
    });
    const noise = Array.from({ length: 2000 }, () => {
      const found = bytes(random.below(200));
      // Sizes that lead from one message to the next.
      for (let at = 0; at < found.length; at += 8) {
        if (random.below(2)) found.fill(0, at + 1, at + 4);
      }
      return found;
    });
    for (const control of [...cut, ...sizes, ...noise]) {
      // With other memory around it, which must not be found.
      const memory = new Uint8Array(control.length + 64).fill(0xa5);
      memory.set(control, 32);
      const view = new DataView(memory.buffer, 32, control.length);
      const { passed, added } = decodeFds(view);
      const messages = decodeMessages(view);
      const total = messages.reduce(
        (sum, { data }) => sum + data.length + 16,
        4 * (passed.length + added.length),
      );
      assert(total <= control.length + 7, "it found more than there was");
      for (const { data } of messages) {
        assertEquals(data.buffer.byteLength, data.length);
        assert(indexOf(control, data) !== -1, "it found what wasn't there");
      }
    }
  });

  it("returns undefined for data that is too short, and reads no more than there is", () => {
    const decoders: [
      decode: (control: os.ControlMessage[]) => unknown,
      level: number,
      type: number,
      length: number,
    ][] = [
      [os.parseCredentials, os.SOL_SOCKET, os.SCM_CREDENTIALS, 12],
      [os.parsePacketInfo, os.IPPROTO_IP, os.IP_PKTINFO, 12],
      [os.parsePacketInfo, os.IPPROTO_IPV6, os.IPV6_PKTINFO, 20],
      [os.parseTimestamps, os.SOL_SOCKET, os.SCM_TIMESTAMP, 16],
      [os.parseTimestamps, os.SOL_SOCKET, os.SCM_TIMESTAMPNS, 16],
      [os.parseTimestamps, os.SOL_SOCKET, os.SCM_TIMESTAMPING, 48],
      [os.parseExtendedError, os.IPPROTO_IP, os.IP_RECVERR, 16],
      [os.parseExtendedError, os.IPPROTO_IPV6, os.IPV6_RECVERR, 16],
      [os.parseSegmentSize, os.IPPROTO_UDP, os.UDP_GRO, 4],
    ];
    for (const [decode, level, type, length] of decoders) {
      for (let size = 0; size < 80; size++) {
        // In the middle of other memory, as a part of a larger read would be.
        const data = bytes(size + 16).subarray(8, size + 8);
        const decoded = decode([{ level: 99, type, data }, { level, type, data }]);
        assertEquals(decoded === undefined, size < length, `${decode.name} of ${size} bytes`);
        const copy = decode([{ level, type, data: data.slice() }]);
        assertEquals(decoded, copy);
      }
      assertEquals(decode([]), undefined);
    }
  });
});

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  for (let at = 0; at + part.length <= bytes.length; at++) {
    if (part.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}
