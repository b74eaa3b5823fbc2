import { dirname } from "node:path";

/** Where the repository is. */
export const root: string = dirname(dirname(import.meta.dirname!));
