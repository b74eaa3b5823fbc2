/**
 * The types of npm's `@serialport/bindings-interface` and of the Linux half of `@serialport/bindings-cpp`,
 * by their names. TypeScript doesn't find npm's own under `moduleResolution: "bundler"`.
 */

import type { Buffer } from "node:buffer";

/** How a port is opened. */
export interface OpenOptions {
  /** The device, such as `/dev/ttyUSB0`. */
  path: string;
  /** The speed, any that the device can do. */
  baudRate: number;
  /** The bits of a byte; 8 unless told. */
  dataBits?: 5 | 6 | 7 | 8;
  /** Whether to keep out programs that ask for the lock too; true unless told. */
  lock?: boolean;
  /** 1 unless told. 1.5 is for 5 data bits alone. */
  stopBits?: 1 | 1.5 | 2;
  /** `"none"` unless told. */
  parity?: string;
  /** Flow control by the lines RTS and CTS; false unless told. */
  rtscts?: boolean;
  /** Whether the device may stop and start the output by characters; false unless told. */
  xon?: boolean;
  /** Whether the port stops and starts the device by characters; false unless told. */
  xoff?: boolean;
  /** Whether any character starts the output again; false unless told. */
  xany?: boolean;
  /** Whether closing the port drops DTR; true unless told. */
  hupcl?: boolean;
}

/** How a port is opened on Linux. */
export interface LinuxOpenOptions extends OpenOptions {
  /** `"none"` unless told. */
  parity?: "none" | "even" | "odd" | "mark" | "space";
  /** `VMIN` of termios(3): how many bytes make the port readable; 1 unless told. */
  vmin?: number;
  /** `VTIME` of termios(3), in tenths of a second; 0 unless told. */
  vtime?: number;
}

/** What {@linkcode LinuxPortBinding.update} changes. */
export interface UpdateOptions {
  /** The speed, any that the device can do. */
  baudRate: number;
}

/** The lines of a port, each of which is off unless told. */
export interface SetOptions {
  /** Sends a break, until it is off. */
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
  /** Whether the driver passes on what comes at once; off unless told. */
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

/** The lines that a device sets, and what Linux tells beside. */
export interface LinuxPortStatus extends PortStatus {
  /** Whether the driver passes on what comes at once. */
  lowLatency: boolean;
}

/** A port that there is. */
export interface PortInfo {
  /** The device, such as `/dev/ttyUSB0`. */
  path: string;
  /** What the USB device says. */
  manufacturer: string | undefined;
  /** What the USB device says. */
  serialNumber: string | undefined;
  /** The name of its link in `/dev/serial/by-id`. */
  pnpId: string | undefined;
  /** Where the USB device is plugged in: bus and ports, such as `1-1.4`. */
  locationId: string | undefined;
  /** The USB device's, 4 hexadecimal digits. */
  productId: string | undefined;
  /** The USB device's, 4 hexadecimal digits. */
  vendorId: string | undefined;
}

/** What a read has brought. */
export interface ReadResult {
  /** The buffer that was given. */
  buffer: Buffer;
  /** At least 1. */
  bytesRead: number;
}

/** An open port, as `SerialPortStream` uses it. */
export interface BindingPortInterface {
  /** What it was opened with, and the defaults. */
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
  /** Tells the lines. */
  get(): Promise<PortStatus>;
  /** Tells the speed. */
  getBaudRate(): Promise<{ baudRate: number }>;
  /** Throws away what was received but not read, and written but not sent. */
  flush(): Promise<void>;
  /** Waits until everything is sent. */
  drain(): Promise<void>;
}

/** By which `SerialPortStream` finds and opens ports. */
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
