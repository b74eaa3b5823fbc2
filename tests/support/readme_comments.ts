/**
 * The comments that make the snippets of the README run, in their order. They aren't in the README
 * itself, which many people read as plain text.
 */
export const readmeComments: readonly string[] = [
  `
<!-- before
import { spawn } from "node:child_process";
process.argv[2] = String(spawn("true").pid);
-->
`,
  `
<!-- before
const { controller, name } = os.openpty();
os.write(controller, new TextEncoder().encode("21.5\\n"));
setTimeout(() => os.close(controller), 100);
-->
<!-- with "/dev/ttyUSB0" as name -->
`,
];
