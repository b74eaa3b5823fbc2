// Reads standard input, a pipe, with node:net, on Deno. The argument is the number of bytes.

import { Socket } from "node:net";
import { measure } from "./stream_support.ts";

await measure(async (onChunk) => {
  for await (const chunk of new Socket({ fd: 0 })) onChunk(chunk.byteLength);
});
