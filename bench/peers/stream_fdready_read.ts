/**
 * Reads standard input with FdStream.read(). The arguments are the driver and the number of bytes.
 */

import { EpollIOManager, FdStream } from "@fdready/fdready";
import { measure } from "./stream_support.ts";
import { driverArgument } from "./support.ts";

const manager = new EpollIOManager({ driver: driverArgument() });
const stream = new FdStream(0, { manager });
const buffer = new Uint8Array(65_536);

await measure(async (onChunk) => {
  for (let count; (count = await stream.read(buffer)) !== null;) onChunk(count);
});
