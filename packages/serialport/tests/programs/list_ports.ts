/** Lists the ports, and prints `true` or the error. */

import { binding } from "../../mod.ts";

try {
  console.log((await binding.list()).length >= 0);
} catch (error) {
  console.log(String(error));
}
