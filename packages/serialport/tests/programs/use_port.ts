/**
 * Opens the port given by the first argument with the options of the second one. Then it runs the
 * operation of each other argument, such as `["set", { "rts": true }]` or `["drain"]`.
 */

import process from "node:process";
import { binding } from "../../mod.ts";

const [path = "", options = "{}", ...steps] = process.argv.slice(2);
const port = await binding.open({ path, baudRate: 9600, ...JSON.parse(options) });
for (const step of steps) {
  const [operation, argument] = JSON.parse(step);
  switch (operation) {
    case "set":
      await port.set(argument);
      break;
    case "trySet":
      await port.set(argument).catch(({ message }) => console.log(message));
      break;
    case "update":
      await port.update(argument);
      break;
    case "drain":
      await port.drain();
      break;
    case "get":
      console.log(JSON.stringify(await port.get()));
      break;
    default:
      throw new Error(`There is no ${operation}`);
  }
}
await port.close();
