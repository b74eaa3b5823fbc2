// Reads its standard input, a pipe, by node:net, under Deno. The argument is how many bytes that must
// be.

import { Socket } from "node:net";
import { measure } from "./stream_support.ts";

await measure(async (onChunk) => {
  for await (const chunk of new Socket({ fd: 0 })) onChunk(chunk.byteLength);
});
