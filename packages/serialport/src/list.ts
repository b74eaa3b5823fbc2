/** Lists the ports, from sysfs(5) and the links that udev makes. */

import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { PortInfo } from "./types.ts";

/** Matches the names of terminals that are ports. */
const portName = /^(tty(S|WCH|ACM|USB|AMA|MFD|O|XRUSB)|rfcomm)\d/;

/** Where to look. Tests use other folders. */
export interface Places {
  /** Where sysfs is mounted. */
  readonly sys: string;
  /** Where devices are. */
  readonly dev: string;
}

/** Lists the ports. Throws a `NotCapable` if Deno doesn't permit it. */
export async function listPorts(
  places: Places = { sys: "/sys", dev: "/dev" },
): Promise<PortInfo[]> {
  try {
    return await portsAt(places);
  } catch (error) {
    throw error instanceof Error && error.name === "NotCapable" ? new NotCapable(error) : error;
  }
}

/** Deno's own error asks for `--allow-read` first, which isn't enough. */
class NotCapable extends Error {
  override readonly name = "NotCapable";

  constructor(cause: Error) {
    const message = "Listing ports requires --allow-all: no lesser permission lets a program " +
      "read /sys and /dev";
    super(message, { cause });
  }
}

async function portsAt(places: Places): Promise<PortInfo[]> {
  const folder = join(places.sys, "class/tty");
  const names = (await orElse([], readdir(folder))).filter((name) => portName.test(name));
  const links = await linksById(places);
  const ports = await Promise.all(
    names.sort(byNumber).map((name) => describe(name, join(folder, name), links.get(name))),
  );
  return ports.filter((port) => port !== undefined);
}

async function describe(
  name: string,
  folder: string,
  pnpId: string | undefined,
): Promise<PortInfo | undefined> {
  // PORT_UNKNOWN: there is no hardware.
  if (await attribute(folder, "type") === "0") return undefined;
  const usb = await usbDevice(folder);
  const of = (attributeName: string) => usb && attribute(usb, attributeName);
  return {
    path: `/dev/${name}`,
    manufacturer: await of("manufacturer"),
    serialNumber: await of("serial"),
    pnpId,
    locationId: usb && basename(usb),
    productId: await of("idProduct"),
    vendorId: await of("idVendor"),
  };
}

/** The folder of the port's USB device. */
async function usbDevice(folder: string): Promise<string | undefined> {
  const interface_ = await orElse(undefined, realpath(join(folder, "device")));
  for (let at = interface_; at !== undefined && at !== dirname(at); at = dirname(at)) {
    if (await attribute(at, "idVendor") !== undefined) return at;
  }
  return undefined;
}

/** The text of a file in sysfs; undefined if it is empty or missing. */
async function attribute(folder: string, name: string): Promise<string | undefined> {
  const text = await orElse("", readFile(join(folder, name), "utf8"));
  return text.trim() || undefined;
}

/** The links in `/dev/serial/by-id`, by the names of the ports to which they lead. */
async function linksById({ dev }: Places): Promise<Map<string, string>> {
  const folder = join(dev, "serial/by-id");
  const names = await orElse([], readdir(folder));
  const entries = await Promise.all(
    names.sort().map(async (name): Promise<[string, string]> => [
      basename(await orElse("", readlink(join(folder, name)))),
      name,
    ]),
  );
  return new Map(entries);
}

/** The result of `promise`; `otherwise` if the file doesn't exist, or no longer. */
async function orElse<T>(otherwise: T, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (["ENOENT", "ENOTDIR", "EINVAL", "ENODEV", "EIO"].includes(String(code))) return otherwise;
    throw error;
  }
}

function byNumber(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}
