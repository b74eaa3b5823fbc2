/** Changes a tree of folders. The arguments are its root and the number of changes. */

import process from "node:process";
import { changeTree } from "../support/tree_changes.ts";

const [root = "", count] = process.argv.slice(2);
changeTree(root, Number(count));
