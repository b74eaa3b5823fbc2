/** Finding and opening ports. */

import { notifyClosing, waitReadable, waitWritable } from "@fdready/fdready";
import { close, O_NOCTTY, O_RDWR, open } from "@fdready/fdready/os";
import { attempt } from "./errors.ts";
import { listPorts } from "./list.ts";
import { LinuxPortBinding, type Waiting } from "./port.ts";
import { settingsFrom, setUp } from "./settings.ts";
import type { BindingInterface, LinuxOpenOptions, PortInfo } from "./types.ts";

/** Finds and opens ports on Linux. */
export type LinuxBindingInterface = BindingInterface<LinuxPortBinding, LinuxOpenOptions>;

/** A binding whose ports wait by `waiting`. */
export function bindingBy(waiting: Waiting): LinuxBindingInterface {
  return {
    list: (): Promise<PortInfo[]> => listPorts(),
    open: (options) => Promise.try(() => openPort(options, waiting)),
  };
}

function openPort(options: LinuxOpenOptions, waiting: Waiting): LinuxPortBinding {
  const settings = settingsFrom(options);
  const { path } = settings;
  const cannotOpen = (words: string) => `Error: ${words}, cannot open ${path}`;
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
 * What `SerialPortStream`, of npm's `@serialport/stream`, needs to find and open ports.
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
 * The same by the name that `@serialport/bindings-cpp` has for it.
 */
export const LinuxBinding: LinuxBindingInterface = binding;

/** The types of binding that {@linkcode autoDetect} may return. */
export type AutoDetectTypes = LinuxBindingInterface;

/**
 * Finds the binding for this platform, as the function of this name in npm's `@serialport/bindings-cpp`
 * does, in whose place this package can be installed.
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
