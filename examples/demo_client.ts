/** The demo's external process: connects to the Unix socket at the given path and says hello. */

import { connect } from "node:net";
import process from "node:process";

connect(process.argv[2]!).end("hello from another process\n");
