// Reads standard input, a terminal, with node:tty, on Deno and Bun. The argument is the number of
// bytes.

import { ReadStream } from "node:tty";
import { measure } from "./stream_support.ts";

await measure(async (onChunk) => {
  for await (const chunk of new ReadStream(0)) onChunk(chunk.byteLength);
});
