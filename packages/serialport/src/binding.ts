/** Finding and opening ports. */

import { notifyClosing, waitReadable, waitWritable } from "@fdready/fdready";
import { close, O_NOCTTY, O_RDWR, open } from "@fdready/fdready/os";
import { setImmediate } from "node:timers/promises";
import { attempt } from "./errors.ts";
import { listPorts } from "./list.ts";
import { LinuxPortBinding, type Waiting } from "./port.ts";
import { type Settings, settingsFrom, setUp } from "./settings.ts";
import type { BindingInterface, LinuxOpenOptions, PortInfo } from "./types.ts";

/** Finds and opens ports on Linux. */
export type LinuxBindingInterface = BindingInterface<LinuxPortBinding, LinuxOpenOptions>;

/** A binding whose ports use `waiting` to wait. */
export function bindingBy(waiting: Waiting): LinuxBindingInterface {
  return {
    list: (): Promise<PortInfo[]> => listPorts(),
    async open(options) {
      const settings = outcomeOf(() => settingsFrom(options));
      // The stream tells of its opening at once, and a caller who awaits it has to listen before.
      await setImmediate();
      return openPort(settings(), waiting);
    },
  };
}

const groupAdvice = "Your user must be in the group that owns the device, which is often dialout";

/** Does `what` now, and returns what returns or throws its outcome. */
function outcomeOf<T>(what: () => T): () => T {
  try {
    const value = what();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function openPort(settings: Settings, waiting: Waiting): LinuxPortBinding {
  const { path } = settings;
  const cannotOpen = (words: string, code: string) =>
    `Error: ${words}, cannot open ${path}${code === "EACCES" ? `. ${groupAdvice}` : ""}`;
  const fd = attempt(path, cannotOpen, () => open(path, O_RDWR | O_NOCTTY));
  try {
    setUp(fd, settings);
    return new LinuxPortBinding(fd, settings, waiting);
  } catch (error) {
    close(fd);
    throw error;
  }
}

/**
 * Finds and opens ports for `SerialPortStream` of npm's `@serialport/stream`.
 *
 * @example
 * ```ts
 * import { binding } from "@fdready/serialport";
 *
 * for (const { path, manufacturer } of await binding.list()) console.log(path, manufacturer);
 * ```
 */
export const binding: LinuxBindingInterface = bindingBy({
  waitReadable,
  waitWritable,
  notifyClosing,
});

/**
 * The same as {@linkcode binding}, under the name that `@serialport/bindings-cpp` has for it.
 */
export const LinuxBinding: LinuxBindingInterface = binding;

/** The types of binding that {@linkcode autoDetect} may return. */
export type AutoDetectTypes = LinuxBindingInterface;

/**
 * Returns the binding for this platform, as the same function of npm's `@serialport/bindings-cpp`
 * does. This package can be installed in its place.
 *
 * @returns The binding for Linux.
 *
 * @example
 * ```ts
 * import { autoDetect, binding } from "@fdready/serialport";
 *
 * console.log(autoDetect() === binding); // true
 * ```
 */
export function autoDetect(): AutoDetectTypes {
  return binding;
}
