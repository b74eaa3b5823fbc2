// Echoes data from fd 3 with node:net, on Node and Deno.

import { Socket } from "node:net";

const socket = new Socket({ fd: 3 });
socket.on("data", (chunk) => socket.write(chunk));
