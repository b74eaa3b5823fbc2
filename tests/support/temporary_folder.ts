/** A folder that is gone after the test. */

import { mkdtempSync, rmSync } from "node:fs";

export class TemporaryFolder implements Disposable {
  /** Short, since the path of a Unix socket must be. */
  readonly path: string = mkdtempSync("/tmp/fdready-");

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
