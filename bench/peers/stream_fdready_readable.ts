/** Reads its standard input by FdStream's web stream. Arguments: the driver, how many bytes. */

import { EpollIOManager, FdStream } from "@fdready/fdready";
import { measure } from "./stream_support.ts";
import { driverArgument } from "./support.ts";

const manager = new EpollIOManager({ driver: driverArgument() });
const stream = new FdStream(0, { manager });

await measure(async (onChunk) => {
  for await (const chunk of stream.readable) onChunk(chunk.byteLength);
});
