/**
 * Resolves the names of the workspace's packages in Node, as `deno.json` and `tsconfig.json` do for
 * the other runtimes. For `node --import`, which Workers inherit.
 */

import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

const root = new URL("../../", import.meta.url);

interface TsConfig {
  readonly compilerOptions: { readonly paths: Readonly<Record<string, readonly [string]>> };
}

const { compilerOptions }: TsConfig = JSON.parse(
  readFileSync(new URL("tsconfig.json", root), "utf8"),
);

registerHooks({
  resolve(name, context, nextResolve) {
    const path = compilerOptions.paths[name]?.[0];
    if (path === undefined) return nextResolve(name, context);
    return { url: new URL(path, root).href, shortCircuit: true };
  },
});
