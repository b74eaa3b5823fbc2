/** Lists the ports, from sysfs(5) and udev's links. */

import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { PortInfo } from "./types.ts";

/** Matches the names of terminals that are ports. */
const portName = /^(tty(S|WCH|ACM|USB|AMA|MFD|O|XRUSB)|rfcomm)\d/;

/** Where the kernel's directories are. Tests use other ones. */
export interface Roots {
  /** Where sysfs is mounted. */
  readonly sys: string;
  /** Where devices are. */
  readonly dev: string;
}

/** Lists the ports. Throws a `NotCapable` if Deno doesn't permit it. */
export async function listPorts(
  roots: Roots = { sys: "/sys", dev: "/dev" },
): Promise<PortInfo[]> {
  try {
    return await listPortsIn(roots);
  } catch (error) {
    throw isNotCapable(error) ? new NotCapable(error) : error;
  }
}

/** Deno's own error asks for `--allow-read` first, which isn't enough. */
class NotCapable extends Error {
  override readonly name = "NotCapable";

  constructor(cause: Error) {
    const message = "Listing ports requires --allow-all: Deno has no lesser permission for " +
      "/sys and /dev";
    super(message, { cause });
  }
}

function isNotCapable(error: unknown): error is Error {
  return error instanceof Error && error.name === "NotCapable";
}

async function listPortsIn(roots: Roots): Promise<PortInfo[]> {
  const directory = join(roots.sys, "class/tty");
  const names = (await ignoreMissing(readdir(directory))) ?? [];
  const links = await readLinksById(roots);
  const ports = await Promise.all(
    names.filter((name) => portName.test(name)).sort(compareNumerically)
      .map((name) => describePort(name, join(directory, name), links.get(name))),
  );
  return ports.filter((port) => port !== undefined);
}

async function describePort(
  name: string,
  directory: string,
  pnpId: string | undefined,
): Promise<PortInfo | undefined> {
  // PORT_UNKNOWN: there is no hardware.
  if (await readAttribute(directory, "type") === "0") return undefined;
  const usb = await findUsbDevice(directory);
  const read = (attribute: string) => usb && readAttribute(usb, attribute);
  return {
    path: `/dev/${name}`,
    manufacturer: await read("manufacturer"),
    serialNumber: await read("serial"),
    pnpId,
    locationId: usb && basename(usb),
    productId: await read("idProduct"),
    vendorId: await read("idVendor"),
  };
}

/** The directory of the port's USB device. */
async function findUsbDevice(directory: string): Promise<string | undefined> {
  const start = await ignoreUnreadable(realpath(join(directory, "device")));
  for (let at = start; at !== undefined && at !== dirname(at); at = dirname(at)) {
    if (await readAttribute(at, "idVendor") !== undefined) return at;
  }
  return undefined;
}

/** The text of a file in sysfs; undefined if it is empty, missing or unreadable. */
async function readAttribute(directory: string, name: string): Promise<string | undefined> {
  const text = await ignoreUnreadable(readFile(join(directory, name), "utf8"));
  return text?.trim() || undefined;
}

/** The links in `/dev/serial/by-id`, by the names of the ports that they lead to. */
async function readLinksById({ dev }: Roots): Promise<Map<string, string>> {
  const directory = join(dev, "serial/by-id");
  const names = (await ignoreUnreadable(readdir(directory))) ?? [];
  const entries = await Promise.all(
    names.sort().map(async (name): Promise<[string, string]> => [
      basename((await ignoreUnreadable(readlink(join(directory, name)))) ?? ""),
      name,
    ]),
  );
  return new Map(entries);
}

/** The result of `promise`; undefined if the file doesn't exist. */
async function ignoreMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return undefined;
    throw error;
  }
}

/** Codes of errors that concern this process, rather than one file. */
const exhausted: readonly string[] = ["EMFILE", "ENFILE", "ENOMEM"];

/**
 * The result of `promise`; undefined if the system refuses it for this file. Drivers choose their
 * own errors, older kernels let only root read some attributes, and devices disappear.
 */
export async function ignoreUnreadable<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    const code = codeOf(error);
    if (code !== "" && !exhausted.includes(code)) return undefined;
    throw error;
  }
}

/** The error's code; empty if it isn't an error from the system. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

function compareNumerically(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
