/**
 * Reads standard input with FdStream's web stream. The arguments are the driver and the number of
 * bytes.
 */

import { EpollIOManager, FdStream } from "@fdready/fdready";
import { measure } from "./stream_support.ts";
import { driverArgument } from "./support.ts";

const manager = new EpollIOManager({ driver: driverArgument() });
const stream = new FdStream(0, { manager });

await measure(async (onChunk) => {
  for await (const chunk of stream.readable) onChunk(chunk.byteLength);
});
