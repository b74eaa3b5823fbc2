// Reads standard input with Deno's own web stream. The argument is the number of bytes.

import { measure } from "./stream_support.ts";

await measure(async (onChunk) => {
  for await (const chunk of Deno.stdin.readable) onChunk(chunk.byteLength);
});
