/** Ends although connections are being made, since these don't keep it alive. */

import { connectTcp, connectUnix } from "../../mod.ts";
import { Fds } from "../support/fds.ts";
import { fullTcpListener, fullUnixListener } from "../support/full_listener.ts";

const fds = new Fds();
const failed = () => console.log("one of them ended");
connectTcp("127.0.0.1", fullTcpListener(fds).port, { ref: false }).then(failed, failed);
connectUnix(fullUnixListener(fds).name, { ref: false }).then(failed, failed);
console.log("connecting");
