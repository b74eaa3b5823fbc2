/** Finding and opening ports. */

import { notifyClosing, waitReadable, waitWritable } from "@fdready/fdready";
import { close, O_NOCTTY, O_RDWR, open } from "@fdready/fdready/os";
import { setImmediate } from "node:timers/promises";
import { callFor } from "./errors.ts";
import { listPorts } from "./list.ts";
import { LinuxPortBinding, type Waits } from "./port.ts";
import { configurePort, parseSettings, type Settings } from "./settings.ts";
import type { BindingInterface, LinuxOpenOptions, PortInfo } from "./types.ts";

/** Finds and opens ports on Linux. */
export type LinuxBindingInterface = BindingInterface<LinuxPortBinding, LinuxOpenOptions>;

/** Creates a binding whose ports wait with `waits`. */
export function createBinding(waits: Waits): LinuxBindingInterface {
  return {
    list: (): Promise<PortInfo[]> => listPorts(),
    async open(options) {
      // The caller may change its options afterwards.
      const result = capture(() => parseSettings(options));
      // The stream emits "open" at once. A caller that awaits the stream needs time to listen.
      await setImmediate();
      return openPort(result(), waits);
    },
  };
}

const groupAdvice = "Your user must be in the group that owns the device, which is often dialout";

/** Calls `compute` now. The returned function returns its value, or throws its error. */
function capture<T>(compute: () => T): () => T {
  try {
    const value = compute();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function openPort(settings: Settings, waits: Waits): LinuxPortBinding {
  const { path } = settings;
  const formatMessage = (text: string, code: string) =>
    `Error: ${text}, cannot open ${path}${code === "EACCES" ? `. ${groupAdvice}` : ""}`;
  const fd = callFor(path, formatMessage, () => open(path, O_RDWR | O_NOCTTY));
  try {
    configurePort(fd, settings);
    return new LinuxPortBinding(fd, settings, waits);
  } catch (error) {
    close(fd);
    throw error;
  }
}

/**
 * Finds and opens ports for `SerialPortStream` from npm's `@serialport/stream`.
 *
 * @example List the ports
 * ```ts
 * import { binding } from "@fdready/serialport";
 * import { assertEquals } from "@std/assert";
 *
 * const ports = await binding.list();
 * assertEquals(ports.filter(({ path }) => !path.startsWith("/dev/")), []);
 * ```
 */
export const binding: LinuxBindingInterface = createBinding({
  waitReadable,
  waitWritable,
  notifyClosing,
});

/** The same as {@linkcode binding}, under its name in `@serialport/bindings-cpp`. */
export const LinuxBinding: LinuxBindingInterface = binding;

/** The types of binding that {@linkcode autoDetect} may return. */
export type AutoDetectTypes = LinuxBindingInterface;

/**
 * Returns the binding for this platform, like the function in npm's `@serialport/bindings-cpp`.
 * This package can be installed in place of that one.
 *
 * @returns The binding for Linux.
 *
 * @example Usage
 * ```ts
 * import { autoDetect, binding } from "@fdready/serialport";
 * import { assert } from "@std/assert";
 *
 * assert(autoDetect() === binding);
 * ```
 */
export function autoDetect(): AutoDetectTypes {
  return binding;
}
