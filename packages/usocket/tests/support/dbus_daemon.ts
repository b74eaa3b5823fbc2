/** A message bus for tests. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { matching } from "../../../../tests/support/programs.ts";
import { TemporaryFolder } from "../../../../tests/support/temporary_folder.ts";

/** Its longest lifetime in seconds, in case the test is killed. */
const limit = 900;

/** Runs until it is disposed of. */
export class DBusDaemon implements AsyncDisposable {
  readonly address: string;
  readonly child: ChildProcess;
  readonly #folder: TemporaryFolder;

  private constructor(address: string, child: ChildProcess, folder: TemporaryFolder) {
    this.address = address;
    this.child = child;
    this.#folder = folder;
  }

  /**
   * Starts a daemon that listens on the address `listen`, where `FOLDER` is a temporary directory.
   */
  static async start(listen: string): Promise<DBusDaemon> {
    const folder = new TemporaryFolder();
    try {
      const config = `${folder.path}/bus.conf`;
      writeFileSync(config, configuration(listen.replace("FOLDER", folder.path)));
      const command = ["dbus-daemon", "--nofork", "--nopidfile", "--print-address=1"];
      const child = spawn("timeout", [String(limit), ...command, `--config-file=${config}`], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [address] = await matching(child, /unix:\S+/);
      return new DBusDaemon(address, child, folder);
    } catch (error) {
      folder[Symbol.dispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.child, "close");
    this.child.kill();
    await ended;
    this.#folder[Symbol.dispose]();
  }
}

function configuration(listen: string): string {
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>${listen}</listen>
  <auth>EXTERNAL</auth>
  <limit name="auth_timeout">600000</limit>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;
}
