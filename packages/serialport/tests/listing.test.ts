/** Lists the ports of imaginary systems. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { run, runtime } from "../../../tests/support/programs.ts";
import { rejection } from "../../../tests/support/waits.ts";
import { TemporaryFolder } from "../../../tests/support/temporary_folder.ts";
import { type PortInfo, SerialPort } from "../mod.ts";
import { ignoreUnreadable, listPorts, type Roots } from "../src/list.ts";

/** An imaginary system. */
class System extends TemporaryFolder {
  readonly roots: Roots = { sys: join(this.path, "sys"), dev: join(this.path, "dev") };

  write(path: string, text: string): void {
    mkdirSync(dirname(this.#at(path)), { recursive: true });
    writeFileSync(this.#at(path), text);
  }

  link(path: string, target: string): void {
    mkdirSync(dirname(this.#at(path)), { recursive: true });
    symlinkSync(relative(dirname(this.#at(path)), this.#at(target)), this.#at(path));
  }

  linkOutside(path: string, target: string): void {
    symlinkSync(target, this.#at(path));
  }

  /** Adds a terminal at `folder` in `/sys/devices`. `device` is its hardware, if any. */
  terminal(name: string, folder: string, device?: string, attributes: object = {}): void {
    const at = `sys/devices/${folder}/${name}`;
    for (const [attribute, value] of Object.entries({ dev: "4:64", ...attributes })) {
      this.write(`${at}/${attribute}`, `${value}\n`);
    }
    if (device !== undefined) this.link(`${at}/device`, `sys/devices/${device}`);
    this.link(`sys/class/tty/${name}`, at);
  }

  device(folder: string, attributes: object): void {
    for (const [attribute, value] of Object.entries(attributes)) {
      this.write(`sys/devices/${folder}/${attribute}`, `${value}\n`);
    }
  }

  #at(path: string): string {
    return join(this.path, path);
  }
}

function port(path: string, details: Partial<PortInfo> = {}): PortInfo {
  return {
    path,
    manufacturer: undefined,
    serialNumber: undefined,
    pnpId: undefined,
    locationId: undefined,
    productId: undefined,
    vendorId: undefined,
    ...details,
  };
}

const usb = "pci0000:00/0000:00:06.0/usb1";

describe("ignoreUnreadable", () => {
  const refused = (code: string) => Promise.reject(Object.assign(new Error(code), { code }));

  it("ignoreUnreadable() resolves to undefined if the system refuses one file", async () => {
    for (const code of ["EACCES", "EPERM", "ENOENT", "EIO", "EOPNOTSUPP", "ETIMEDOUT"]) {
      assertEquals(await ignoreUnreadable(refused(code)), undefined);
    }
  });

  it("ignoreUnreadable() rejects if the process lacks resources, and for other errors", async () => {
    for (const code of ["EMFILE", "ENFILE", "ENOMEM"]) {
      await rejection(ignoreUnreadable(refused(code)), Error, code);
    }
    await rejection(ignoreUnreadable(Promise.reject(new TypeError("wrong"))), TypeError, "wrong");
  });
});

describe("listPorts", () => {
  it("listPorts() lists USB adapters, ACM devices, platform ports and virtual ports", async () => {
    using system = new System();
    // Behind a hub, which has attributes too.
    system.device(`${usb}/1-1`, { idVendor: "1d6b", manufacturer: "Hub" });
    const adapter = `${usb}/1-1/1-1.4`;
    system.device(adapter, {
      idVendor: "0403",
      idProduct: "6001",
      manufacturer: "FTDI",
      serial: "A50285BI",
    });
    system.terminal(
      "ttyUSB10",
      `${adapter}/1-1.4:1.0/ttyUSB10/tty`,
      `${adapter}/1-1.4:1.0/ttyUSB10`,
    );
    const nameless = `${usb}/1-3`;
    system.device(nameless, { idVendor: "1a86", idProduct: "7523", serial: "" });
    system.terminal("ttyUSB2", `${nameless}/1-3:1.0/ttyUSB2/tty`, `${nameless}/1-3:1.0/ttyUSB2`);
    const arduino = `${usb}/1-2`;
    system.device(arduino, {
      idVendor: "2341",
      idProduct: "0043",
      manufacturer: "Arduino (www.arduino.cc)",
      serial: "752303138333518011C1",
    });
    system.terminal("ttyACM0", `${arduino}/1-2:1.0/tty`, `${arduino}/1-2:1.0`);
    const byId = "dev/serial/by-id";
    system.link(`${byId}/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0`, "dev/ttyUSB10");
    system.link(
      `${byId}/usb-Arduino__www.arduino.cc__0043_752303138333518011C1-if00`,
      "dev/ttyACM0",
    );
    system.link("dev/serial/by-path/pci-0000:00:06.0-usb-0:2:1.0", "dev/ttyACM0");
    system.terminal("ttyS0", "pnp0/00:01/tty", "pnp0/00:01", { type: 4 });
    // Roots for ports that the machine doesn't have.
    system.terminal("ttyS1", "platform/serial8250/tty", "platform/serial8250", { type: 0 });
    system.terminal("ttyAMA0", "platform/soc/fe201000.serial/tty", "platform/soc/fe201000.serial");
    system.terminal("rfcomm4", "virtual/tty");
    for (
      const name of ["tty", "tty0", "tty63", "ttyprintk", "console", "ptmx", "hvc0", "ttyGONE"]
    ) {
      system.terminal(name, "virtual/tty");
    }
    assertEquals(await listPorts(system.roots), [
      port("/dev/rfcomm4"),
      port("/dev/ttyACM0", {
        manufacturer: "Arduino (www.arduino.cc)",
        serialNumber: "752303138333518011C1",
        pnpId: "usb-Arduino__www.arduino.cc__0043_752303138333518011C1-if00",
        locationId: "1-2",
        vendorId: "2341",
        productId: "0043",
      }),
      port("/dev/ttyAMA0"),
      port("/dev/ttyS0"),
      port("/dev/ttyUSB2", { locationId: "1-3", vendorId: "1a86", productId: "7523" }),
      port("/dev/ttyUSB10", {
        manufacturer: "FTDI",
        serialNumber: "A50285BI",
        pnpId: "usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0",
        locationId: "1-1.4",
        vendorId: "0403",
        productId: "6001",
      }),
    ]);
  });

  it("listPorts() ignores broken links", async () => {
    using system = new System();
    system.terminal("ttyUSB0", "virtual/tty", "gone");
    system.write("dev/serial/by-id/no-link", "");
    assertEquals(await listPorts(system.roots), [port("/dev/ttyUSB0")]);
  });

  it("listPorts() leaves out attributes that can't be read", async () => {
    using system = new System();
    const adapter = `${usb}/1-1`;
    system.device(adapter, { idVendor: "0403", idProduct: "6001" });
    for (const name of ["ttyS0", "ttyUSB0"]) {
      system.terminal(name, `${adapter}/tty/${name}`, adapter);
    }
    // Reading it fails with EACCES even for root, and reading a directory fails with EISDIR.
    const refused = "/proc/sys/vm/drop_caches";
    system.linkOutside(`sys/devices/${adapter}/tty/ttyS0/type`, refused);
    system.linkOutside(`sys/devices/${adapter}/manufacturer`, refused);
    system.linkOutside(`sys/devices/${adapter}/serial`, "/proc/self/fd");
    const details = { locationId: "1-1", vendorId: "0403", productId: "6001" };
    assertEquals(
      await listPorts(system.roots),
      ["/dev/ttyS0", "/dev/ttyUSB0"].map((path) => port(path, details)),
    );
  });

  it("listPorts() returns an empty array without sysfs", async () => {
    using system = new System();
    assertEquals(await listPorts(system.roots), []);
  });

  it("SerialPort.list() returns no empty strings for this machine", async () => {
    const { list } = SerialPort;
    for (const port of await list()) {
      assert(port.path.startsWith("/dev/"));
      assertEquals(Object.values(port).filter((value) => value === "" || value === null), []);
    }
  });

  if (runtime === "deno") {
    it("binding.list() rejects with a NotCapable that names the required permission", async () => {
      const name = "../../packages/serialport/tests/programs/list_ports";
      const list = async (...permissions: string[]) => (await run(name, { permissions })).output;
      const refusal = "NotCapable: Listing ports requires --allow-all: " +
        "Deno has no lesser permission for /sys and /dev\n";
      assertEquals(await list("--allow-env"), refusal);
      assertEquals(await list("--allow-env", "--allow-ffi", "--allow-read"), refusal);
      assertEquals(await list("--allow-all"), "true\n");
    });
  }
});
