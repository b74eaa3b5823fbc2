/**
 * The types from npm's `@serialport/bindings-interface`, and from the Linux part of
 * `@serialport/bindings-cpp`, under the same names. TypeScript doesn't find npm's own with
 * `moduleResolution: "bundler"`.
 */

import type { Buffer } from "node:buffer";

/** `T` with all its properties, without undefined values. */
export type Defined<T> = { [K in keyof T]-?: Exclude<T[K], undefined> };

/** `T` with optional properties, which may also be undefined. */
export type Optional<T> = { [K in keyof T]?: T[K] | undefined };

/**
 * The options for opening a port. As in npm's types, an option that isn't given is left out,
 * because `SerialPortStream` otherwise refuses the binding with `exactOptionalPropertyTypes`.
 */
export interface OpenOptions {
  /** The device, such as `/dev/ttyUSB0`. */
  path: string;
  /** The speed in baud. Any value that the device supports is possible. */
  baudRate: number;
  /** The number of bits per byte (default: 8). */
  dataBits?: 5 | 6 | 7 | 8;
  /** Whether to lock the port against other programs that lock it (default: true). */
  lock?: boolean;
  /** The number of stop bits (default: 1). 1.5 requires 5 data bits. */
  stopBits?: 1 | 1.5 | 2;
  /** The parity (default: `"none"`). */
  parity?: string;
  /** Whether to use hardware flow control, with the lines RTS and CTS (default: false). */
  rtscts?: boolean;
  /** Whether XOFF and XON from the device stop and start the output (default: false). */
  xon?: boolean;
  /** Whether the port sends XOFF and XON to stop and start the device (default: false). */
  xoff?: boolean;
  /** Whether any character restarts the output (default: false). */
  xany?: boolean;
  /** Whether closing the port drops DTR (default: true). */
  hupcl?: boolean;
}

/** The options for opening a port on Linux. */
export interface LinuxOpenOptions extends OpenOptions {
  /** The parity (default: `"none"`). */
  parity?: "none" | "even" | "odd" | "mark" | "space";
  /** `VMIN` in termios(3): the number of bytes that makes the port readable (default: 1). */
  vmin?: number;
  /** `VTIME` in termios(3), in tenths of a second (default: 0). */
  vtime?: number;
}

/** The settings that {@linkcode LinuxPortBinding.update} changes. */
export interface UpdateOptions {
  /** The speed in baud. Any value that the device supports is possible. */
  baudRate: number;
}

/** The modem lines of a port. Lines that are left out are turned off. */
export interface SetOptions {
  /** Whether to send a break, until the next call. */
  brk?: boolean | undefined;
  /** Clear to send. */
  cts?: boolean | undefined;
  /** Data set ready. */
  dsr?: boolean | undefined;
  /** Data terminal ready. */
  dtr?: boolean | undefined;
  /** Request to send. */
  rts?: boolean | undefined;
}

/** The modem lines of a port on Linux. */
export interface LinuxSetOptions extends SetOptions {
  /** Whether the driver delivers received bytes without delay (default: off). */
  lowLatency?: boolean | undefined;
}

/** The modem lines that a device sets. */
export interface PortStatus {
  /** Clear to send. */
  cts: boolean;
  /** Data set ready. */
  dsr: boolean;
  /** Carrier detect. */
  dcd: boolean;
}

/** The modem lines that a device sets, and the mode of the driver. */
export interface LinuxPortStatus extends PortStatus {
  /** Whether the driver delivers received bytes without delay. */
  lowLatency: boolean;
}

/** A port. */
export interface PortInfo {
  /** The device, such as `/dev/ttyUSB0`. */
  path: string;
  /** The manufacturer, as named by the USB device. */
  manufacturer: string | undefined;
  /** The USB device's serial number. */
  serialNumber: string | undefined;
  /** The name of the port's link in `/dev/serial/by-id`. */
  pnpId: string | undefined;
  /** Where the USB device is plugged in: bus and ports, such as `1-1.4`. */
  locationId: string | undefined;
  /** The USB device's product ID, as 4 hexadecimal digits. */
  productId: string | undefined;
  /** The USB device's vendor ID, as 4 hexadecimal digits. */
  vendorId: string | undefined;
}

/** The result of a read. */
export interface ReadResult {
  /** The buffer passed to `read`. */
  buffer: Buffer;
  /** The number of bytes, at least 1. */
  bytesRead: number;
}

/** An open port, for `SerialPortStream`. */
export interface BindingPortInterface {
  /** The options of its opening, with the defaults. */
  readonly openOptions: Defined<OpenOptions>;
  /** Whether it is open. */
  isOpen: boolean;
  /** Closes it. */
  close(): Promise<void>;
  /** Reads at least one byte. */
  read(buffer: Buffer, offset: number, length: number): Promise<ReadResult>;
  /** Writes all of `buffer`. */
  write(buffer: Buffer): Promise<void>;
  /** Changes the speed. */
  update(options: UpdateOptions): Promise<void>;
  /** Sets the modem lines. */
  set(options: SetOptions): Promise<void>;
  /** Returns the modem lines that the device sets. */
  get(): Promise<PortStatus>;
  /** Returns the speed. */
  getBaudRate(): Promise<{ baudRate: number }>;
  /** Discards bytes that were received but not read, and bytes that were written but not sent. */
  flush(): Promise<void>;
  /** Waits until all output has been sent. */
  drain(): Promise<void>;
}

/** Finds and opens ports for `SerialPortStream`. */
export interface BindingInterface<
  T extends BindingPortInterface = BindingPortInterface,
  R extends OpenOptions = OpenOptions,
  P extends PortInfo = PortInfo,
> {
  /** Lists the ports. */
  list(): Promise<P[]>;
  /** Opens a port. */
  open(options: R): Promise<T>;
}
