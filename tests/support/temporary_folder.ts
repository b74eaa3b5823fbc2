/** A folder that is removed after the test. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class TemporaryFolder implements Disposable {
  /** Short, because the path of a Unix socket has to be. */
  readonly path: string = mkdtempSync(join(tmpdir(), "fdready-"));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
