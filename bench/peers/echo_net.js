// Echoes what comes by fd 3 with node:net, under Node and under Deno.

import { Socket } from "node:net";

const socket = new Socket({ fd: 3 });
socket.on("data", (chunk) => socket.write(chunk));
