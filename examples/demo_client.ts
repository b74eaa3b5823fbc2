/** The demo's external process: connects to the Unix socket at the given path and says hello. */

import { connect } from "node:net";
import { misuse, readCommandLine } from "./support/command_line.ts";

const usage = `
deno run -A examples/demo_client.ts path
bun examples/demo_client.ts path
node examples/demo_client.ts path

Connects to the Unix socket at the path and says hello. examples/demo.ts runs it.
`;

const { positionals: [path] } = readCommandLine(usage, {}, { most: 1 });
connect(path ?? misuse("the path of a Unix socket is missing")).end("hello from another process\n");
