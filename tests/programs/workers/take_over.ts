/** Takes over the descriptor that it is told, and says that it has. */

import { FdStream } from "../../../mod.ts";
import { scope } from "../../support/worker_scope.ts";

let stream: FdStream | undefined;

scope.onmessage = ({ data }) => {
  stream = new FdStream(Number(data));
  scope.postMessage(stream.fd);
};
