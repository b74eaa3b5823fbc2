/** Host names, resolved by the runtime, which asks the system's resolver. */

import { getBuiltinModule } from "./globals.ts";

interface Dns {
  readonly promises: {
    lookup(
      host: string,
      options: { readonly all: true; readonly order: "verbatim" },
    ): Promise<readonly { readonly address: string }[]>;
  };
}

/** The IP addresses of `host`, the best one first. Rejects with the runtime's own error. */
export async function lookUpHost(host: string): Promise<string[]> {
  const { promises } = getBuiltinModule("node:dns") as Dns;
  const found = await promises.lookup(host, { all: true, order: "verbatim" });
  return found.map(({ address }) => address);
}
