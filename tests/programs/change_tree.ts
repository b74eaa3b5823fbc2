/** Changes a tree of folders. Arguments: its root, how many changes. */

import process from "node:process";
import { changeTree } from "../support/tree_changes.ts";

const [root = "", count] = process.argv.slice(2);
changeTree(root, Number(count));
