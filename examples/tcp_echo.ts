/**
 * A TCP echo server with a task for each connection.
 *
 *     deno run --allow-ffi examples/tcp_echo.ts 127.0.0.1 7007
 *     bun examples/tcp_echo.ts 127.0.0.1 7007
 *     node examples/tcp_echo.ts 127.0.0.1 7007
 *
 * Port 0, the default, means any free port. The program doesn't need --allow-net, because it
 * doesn't use Deno's own network functions.
 */

import { FdStream, waitReadable } from "@fdready/fdready";
import { close, listenTcp, localPort } from "@fdready/fdready/os";
import { acceptIfPossible } from "./support/accept.ts";
import { readCommandLine, readInteger } from "./support/command_line.ts";

const usage = `
deno run --allow-ffi examples/tcp_echo.ts [address] [port]
bun examples/tcp_echo.ts [address] [port]
node examples/tcp_echo.ts [address] [port]

Serves TCP connections and sends back what it gets. The address is 127.0.0.1 by default. Port 0, the
default, is any that is free.
`;

export interface ServeOptions {
  /** Ends the server. Open connections continue. */
  readonly signal?: AbortSignal;
  /** Called for failed connections. For a server, that usually means that the client has gone. */
  readonly onError?: (error: unknown) => void;
}

/** Accepts connections of `listener` until the signal aborts. Then rejects with its reason. */
export async function serve(listener: number, options: ServeOptions = {}): Promise<never> {
  const { onError = () => {} } = options;
  const connections = new Set<Promise<void>>();
  for (;;) {
    const fd = acceptIfPossible(listener);
    if (fd === undefined) {
      await waitReadable(listener, options);
    } else if (fd === "full") {
      // The listener stays readable, so a wait for it would resolve immediately.
      await Promise.race([...connections, new Promise((resolve) => setTimeout(resolve, 100))]);
    } else {
      const connection = echo(fd).catch(onError).finally(() => connections.delete(connection));
      connections.add(connection);
    }
  }
}

/** Reads as fast as the client reads. */
async function echo(fd: number): Promise<void> {
  using connection = new FdStream(fd);
  const buffer = new Uint8Array(16_384);
  for (let count; (count = await connection.read(buffer)) !== null;) {
    await connection.writeAll(buffer.subarray(0, count));
  }
}

if (import.meta.main) {
  const { positionals: [host = "127.0.0.1", port = "0"] } = readCommandLine(usage, {}, { most: 2 });
  const listener = listenTcp(host, readInteger("the port", port, 0, 65535));
  try {
    console.log(`listening on port ${localPort(listener)}`);
    await serve(listener, { onError: console.error });
  } finally {
    close(listener);
  }
}
