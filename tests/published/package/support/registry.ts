/** A local npm registry with the dependencies of this workspace's packages. */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { root } from "../../../support/root.ts";

const modules = `${root}/node_modules`;

/** Serves the packages in `node_modules`, with the same names and versions. */
export class Registry implements Disposable {
  readonly #server: Server;
  /** The URL. */
  readonly url: string;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<Registry> {
    const server = createServer((request, response) => {
      const path = decodeURIComponent(request.url ?? "").slice(1);
      const name = path.replace(/\.tgz$/, "");
      if (!existsSync(`${modules}/${name}/package.json`)) return response.writeHead(404).end();
      response.end(path === name ? describe(name, `http://${request.headers.host}`) : pack(name));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Registry(server);
  }

  [Symbol.dispose](): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function describe(name: string, url: string): string {
  const manifest = JSON.parse(readFileSync(`${modules}/${name}/package.json`, "utf8"));
  const { version } = manifest;
  const versions = { [version]: { ...manifest, dist: { tarball: `${url}/${name}.tgz` } } };
  return JSON.stringify({ name, "dist-tags": { latest: version }, versions });
}

function pack(name: string): Uint8Array {
  const args = ["-czf", "-", "-C", `${modules}/${name}`, "--transform=s,^\\.,package,", "."];
  return spawnSync("tar", args, { maxBuffer: 1 << 26 }).stdout;
}
