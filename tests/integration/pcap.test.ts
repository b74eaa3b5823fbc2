/** libpcap: packets on the loopback interface. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Capture, describePacket, type Packet, PcapError } from "../../examples/pcap.ts";
import * as os from "../../src/os/mod.ts";
import { until } from "../support/event_loop.ts";
import { countFds, Fds, noMoreFdsThan } from "../support/fds.ts";
import { matching, outcome, start } from "../support/programs.ts";
import { describeUnless } from "../support/skip.ts";

function cannotCapture(): string | undefined {
  try {
    new Capture("lo", () => {}).close();
    return undefined;
  } catch (error) {
    return `needs libpcap, and the right to capture: ${(error as Error).message}`;
  }
}

/**
 * Two UDP sockets on the loopback interface, and a function that sends from the first to the
 * second.
 */
function udpPair(fds: Fds): { send(data: Uint8Array): void; port: number; ownPort: number } {
  const [a, b] = [0, 0].map((port) => {
    const fd = fds.own(os.socket(os.AF_INET, os.SOCK_DGRAM));
    os.bind(fd, os.inetAddress("127.0.0.1", port));
    return fd;
  }) as [number, number];
  const address = os.getsockname(b);
  return {
    send: (data) => void os.sendmsg(a, { data, address }),
    port: os.localPort(b),
    ownPort: os.localPort(a),
  };
}

const reason = cannotCapture();

describeUnless(reason, "Capture", () => {
  it("passes each packet that the filter accepts to the listener", async () => {
    using fds = new Fds();
    const { send, port, ownPort } = udpPair(fds);
    const other = udpPair(fds);
    const packets: Packet[] = [];
    using _capture = new Capture("lo", (packet) => packets.push(packet), {
      filter: `udp dst port ${port}`,
    });
    const sent = Array.from({ length: 50 }, (_, index) => new Uint8Array(index * 20).fill(index));
    for (const data of sent) {
      send(data);
      other.send(data);
    }
    await until(() => packets.length >= sent.length, () => new Error(`got ${packets.length}`));
    assertEquals(packets.length, sent.length);
    for (const [index, { data, length, time }] of packets.entries()) {
      // After the headers of Ethernet, IPv4 and UDP.
      assertEquals(data.subarray(14 + 20 + 8), sent[index]);
      assertEquals(length, data.length);
      assert(Math.abs(time - Date.now()) < 60_000);
      const expected = `IPv4 UDP 127.0.0.1:${ownPort} > 127.0.0.1:${port}`;
      assertEquals(describePacket(data), expected);
    }
  });

  it("may be closed in its listener, and calls it no more", async () => {
    using fds = new Fds();
    const { send, port } = udpPair(fds);
    let count = 0;
    const capture = new Capture("lo", () => {
      count++;
      capture.close();
    }, { filter: `udp dst port ${port}` });
    for (let index = 0; index < 5; index++) send(new Uint8Array(index));
    await until(() => count > 0, () => new Error("no packet"));
    capture.close();
    assertEquals(count, 1);
  });

  it("throws for an unknown interface and for a wrong filter, and leaves nothing open", async () => {
    const before = countFds();
    const none = () => {};
    assertThrows(() => new Capture("nonesuch", none), PcapError, "No such device");
    assertThrows(() => new Capture("lo", none, { filter: "no filter" }), PcapError, "syntax error");
    await noMoreFdsThan(before);
  });

  it("the program prints packets, with only --allow-ffi", async () => {
    using fds = new Fds();
    const { send, port } = udpPair(fds);
    const args = ["lo", `udp dst port ${port}`];
    const child = start("../../examples/pcap", { args, permissions: ["--allow-ffi"] });
    const result = outcome(child);
    await matching(child, /capturing on lo/);
    const printed = matching(child, /bytes\n/);
    send(new Uint8Array(10));
    await printed;
    child.kill();
    assertStringIncludes((await result).output, `> 127.0.0.1:${port}, 52 bytes`);
  });
});

describe("describePacket()", () => {
  const hex = (text: string) => Uint8Array.fromHex(text.replaceAll(/\s/g, ""));
  const ethernet = "ffffffffffff 020000000001";

  it("describes the headers that a packet has, wherever it is cut off", () => {
    const tcp = hex(`${ethernet} 0800 45000028 00000000 4006 0000 c0000201 c0000202 0050 9c40`);
    assertEquals(describePacket(tcp), "IPv4 TCP 192.0.2.1:80 > 192.0.2.2:40000");
    const ping = hex(`${ethernet} 0800 45000028 00000000 4001 0000 c0000201 c0000202 0800`);
    assertEquals(describePacket(ping), "IPv4 ICMP 192.0.2.1 > 192.0.2.2");
    assertEquals(describePacket(hex(`${ethernet} 0806`)), "ARP");
    assertEquals(describePacket(hex(`${ethernet} 88cc`)), "type 0x88cc");
    for (let length = 0; length < tcp.length; length++) {
      assert(describePacket(tcp.subarray(0, length)).length > 0);
    }
  });
});
