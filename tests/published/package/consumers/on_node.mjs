/** Checks that the package can be imported on Node, where its functions throw. */

import {
  EpollIOManager,
  ExclusiveWaiter,
  FdStream,
  waitHangup,
  waitPriority,
  waitReadable,
  waitReady,
  waitWritable,
  Wakeup,
  watch,
} from "@fdready/fdready";
import { pipe } from "@fdready/fdready/os";

console.log("imported");
const uses = {
  waitReadable: () => waitReadable(0),
  waitWritable: () => waitWritable(0),
  waitPriority: () => waitPriority(0),
  waitHangup: () => waitHangup(0),
  waitReady: () => waitReady(0, { readable: true }),
  watch: () => watch(0, {}, () => {}),
  EpollIOManager: () => new EpollIOManager(),
  ExclusiveWaiter: () => new ExclusiveWaiter(0),
  FdStream: () => new FdStream(0),
  Wakeup: () => new Wakeup(),
  pipe,
};
for (const [name, use] of Object.entries(uses)) {
  try {
    await use();
    console.log(`${name}: works`);
  } catch (error) {
    console.log(`${name}: ${error.name}`);
  }
}
