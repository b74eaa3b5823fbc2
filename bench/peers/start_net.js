// A program that could adopt a socket: it has imported the runtime's module for that.

import { Socket } from "node:net";

if (Socket === undefined) throw new Error("There are no sockets");
