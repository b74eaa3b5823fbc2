/** Takes over the descriptor in the message, and posts when it has. */

import { FdStream } from "../../../mod.ts";
import { scope } from "../../support/worker_scope.ts";

let stream: FdStream | undefined;

scope.onmessage = ({ data }) => {
  stream = new FdStream(Number(data));
  scope.postMessage(stream.fd);
};
