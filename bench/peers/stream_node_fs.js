// Reads standard input with node:fs, on Deno and Bun. The argument is the number of bytes.

import { createReadStream } from "node:fs";
import { measure } from "./stream_support.ts";

await measure(async (onChunk) => {
  for await (const chunk of createReadStream("", { fd: 0 })) onChunk(chunk.byteLength);
});
