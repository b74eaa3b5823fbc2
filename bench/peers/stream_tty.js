// Reads its standard input, a terminal, by node:tty, under Deno and under Bun. The argument is how many
// bytes that must be.

import { ReadStream } from "node:tty";
import { measure } from "./stream_support.ts";

await measure(async (onChunk) => {
  for await (const chunk of new ReadStream(0)) onChunk(chunk.byteLength);
});
