/** Calls functions of each kind on a runtime that is too old. Prints each call's error. */

import * as fdready from "@fdready/fdready";
import * as os from "@fdready/fdready/os";

const calls = {
  waitReadable: () => fdready.waitReadable(0),
  waitReady: () => fdready.waitReady(0, { timeout: 1 }),
  watch: () => fdready.watch(0, { readable: true }, () => {}),
  closeFd: () => fdready.closeFd(0),
  defaultManager: () => fdready.defaultManager(),
  EpollIOManager: () => new fdready.EpollIOManager(),
  manual: () => new fdready.EpollIOManager({ driver: "manual" }),
  Wakeup: () => new fdready.Wakeup(),
  ExclusiveWaiter: () => new fdready.ExclusiveWaiter(0),
  FdStream: () => new fdready.FdStream(0),
  connectTcp: () => fdready.connectTcp("127.0.0.1", 1),
  connectUnix: () => fdready.connectUnix("/nonexistent"),
  close: () => os.close(0),
  pipe: () => os.pipe(),
  open: () => os.open("/dev/null", os.O_RDONLY),
  read: () => os.read(0, new Uint8Array(1)),
  recvmsg: () => os.recvmsg(0, new Uint8Array(1)),
  spawn: () => os.spawn("/bin/true"),
  timerfd: () => os.timerfd({ initial: 1 }),
  tcgetattr: () => os.tcgetattr(0),
};

for (const [name, call] of Object.entries(calls)) {
  try {
    await call();
    console.log(`${name}: no error`);
  } catch (error) {
    console.log(`${name}: ${error.name}: ${error.message}`);
  }
}
