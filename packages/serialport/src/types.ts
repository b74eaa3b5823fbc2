/**
 * The types of npm's `@serialport/bindings-interface` and of the Linux part of
 * `@serialport/bindings-cpp`, under the same names. TypeScript doesn't find npm's own under
 * `moduleResolution: "bundler"`.
 */

import type { Buffer } from "node:buffer";

/** How a port is opened. */
export interface OpenOptions {
  /** The device, such as `/dev/ttyUSB0`. */
  path: string;
  /** The speed in baud, any that the device supports. */
  baudRate: number;
  /** The bits of a byte (default: 8). */
  dataBits?: 5 | 6 | 7 | 8;
  /** Whether to lock the port, for programs that ask for the lock too (default: true). */
  lock?: boolean;
  /** The stop bits (default: 1). 1.5 needs 5 data bits. */
  stopBits?: 1 | 1.5 | 2;
  /** The parity (default: `"none"`). */
  parity?: string;
  /** Flow control by the lines RTS and CTS (default: false). */
  rtscts?: boolean;
  /** Whether the device may stop and start the output by characters (default: false). */
  xon?: boolean;
  /** Whether the port stops and starts the device by characters (default: false). */
  xoff?: boolean;
  /** Whether any character starts the output again (default: false). */
  xany?: boolean;
  /** Whether closing the port drops DTR (default: true). */
  hupcl?: boolean;
}

/** How a port is opened on Linux. */
export interface LinuxOpenOptions extends OpenOptions {
  /** The parity (default: `"none"`). */
  parity?: "none" | "even" | "odd" | "mark" | "space";
  /** `VMIN` of termios(3): how many bytes make the port readable (default: 1). */
  vmin?: number;
  /** `VTIME` of termios(3), in tenths of a second (default: 0). */
  vtime?: number;
}

/** What {@linkcode LinuxPortBinding.update} changes. */
export interface UpdateOptions {
  /** The speed in baud, any that the device supports. */
  baudRate: number;
}

/** The lines of a port. Those that are left out are turned off. */
export interface SetOptions {
  /** Sends a break, until it is set to off. */
  brk?: boolean;
  /** Clear to send. */
  cts?: boolean;
  /** Data set ready. */
  dsr?: boolean;
  /** Data terminal ready. */
  dtr?: boolean;
  /** Request to send. */
  rts?: boolean;
}

/** The lines of a port on Linux. */
export interface LinuxSetOptions extends SetOptions {
  /** Whether the driver passes on received bytes without delay (default: off). */
  lowLatency?: boolean;
}

/** The lines that a device sets. */
export interface PortStatus {
  /** Clear to send. */
  cts: boolean;
  /** Data set ready. */
  dsr: boolean;
  /** Carrier detect. */
  dcd: boolean;
}

/** The lines that a device sets, and the mode of the driver. */
export interface LinuxPortStatus extends PortStatus {
  /** Whether the driver passes on received bytes without delay. */
  lowLatency: boolean;
}

/** A port. */
export interface PortInfo {
  /** The device, such as `/dev/ttyUSB0`. */
  path: string;
  /** The manufacturer that the USB device names. */
  manufacturer: string | undefined;
  /** The serial number of the USB device. */
  serialNumber: string | undefined;
  /** The name of the port's link in `/dev/serial/by-id`. */
  pnpId: string | undefined;
  /** Where the USB device is plugged in: bus and ports, such as `1-1.4`. */
  locationId: string | undefined;
  /** The product ID of the USB device, 4 hexadecimal digits. */
  productId: string | undefined;
  /** The vendor ID of the USB device, 4 hexadecimal digits. */
  vendorId: string | undefined;
}

/** The result of a read. */
export interface ReadResult {
  /** The buffer that was given. */
  buffer: Buffer;
  /** At least 1. */
  bytesRead: number;
}

/** An open port, as `SerialPortStream` uses it. */
export interface BindingPortInterface {
  /** The options that it was opened with, and the defaults of the others. */
  readonly openOptions: Required<OpenOptions>;
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
  /** Sets the lines. */
  set(options: SetOptions): Promise<void>;
  /** Returns the lines. */
  get(): Promise<PortStatus>;
  /** Returns the speed. */
  getBaudRate(): Promise<{ baudRate: number }>;
  /** Discards bytes that were received but not read, and bytes that were written but not sent. */
  flush(): Promise<void>;
  /** Waits until everything is sent. */
  drain(): Promise<void>;
}

/** Finds and opens ports for `SerialPortStream`. */
export interface BindingInterface<
  T extends BindingPortInterface = BindingPortInterface,
  R extends OpenOptions = OpenOptions,
  P extends PortInfo = PortInfo,
> {
  /** Lists the ports that there are. */
  list(): Promise<P[]>;
  /** Opens a port. */
  open(options: R): Promise<T>;
}
