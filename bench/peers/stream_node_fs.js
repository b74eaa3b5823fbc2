// Reads its standard input by node:fs, under Deno and under Bun. The argument is how many bytes that
// must be.

import { createReadStream } from "node:fs";
import { measure } from "./stream_support.ts";

await measure(async (onChunk) => {
  for await (const chunk of createReadStream("", { fd: 0 })) onChunk(chunk.byteLength);
});
