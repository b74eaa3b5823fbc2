/** A folder that is gone after the test. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class TemporaryFolder implements Disposable {
  /** Short, since the path of a Unix socket must be. */
  readonly path: string = mkdtempSync(join(tmpdir(), "fdready-"));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
