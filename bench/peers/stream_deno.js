// Reads its standard input by Deno's own web stream. The argument is how many bytes that must be.

import { measure } from "./stream_support.ts";

await measure(async (onChunk) => {
  for await (const chunk of Deno.stdin.readable) onChunk(chunk.byteLength);
});
