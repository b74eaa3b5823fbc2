/** The common part of the packages' tests: projects that install them, and the published files. */

import { assert, assertEquals } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { copyFileSync } from "node:fs";
import { basename } from "node:path";
import { Project, publishedFiles } from "./project.ts";
import { Registry } from "./registry.ts";

/** A package in fresh projects. Created within a suite, before its tests run. */
export class PackageSuite {
  /** The tarballs of the root and of the package. */
  readonly tarballs: readonly string[];
  readonly #folder: string;
  readonly #packed = new Project();
  #registry: Registry | undefined;

  /**
   * Starts a registry and makes the tarballs before the tests.
   *
   * @param folder The package's folder.
   */
  constructor(folder: string) {
    this.#folder = folder;
    this.tarballs = ["fdready", basename(folder)].map((name) => `./${name}.tgz`);
    beforeAll(async () => {
      this.#registry = await Registry.start();
      for (const each of [".", folder]) await this.#packed.pack(each);
    });
    afterAll(() => {
      this.#registry?.[Symbol.dispose]();
      this.#packed[Symbol.dispose]();
    });
  }

  /** A project for a suite, with the registry. `install` fills it before the tests. */
  project(install: (fresh: Project) => Promise<void>): Project {
    const fresh = new Project();
    beforeAll(async () => {
      fresh.registry = this.#registry!.url;
      await install(fresh);
    });
    afterAll(() => fresh[Symbol.dispose]());
    return fresh;
  }

  /** Copies the tarballs into `fresh`. */
  copyTarballs(fresh: Project): void {
    for (const name of this.tarballs) copyFileSync(this.#packed.at(name), fresh.at(name));
  }

  /** Copies the tarballs into `fresh`, and installs them with npm and this `package.json`. */
  async installWithNpm(
    fresh: Project,
    manifest: object = {},
    ...others: readonly string[]
  ): Promise<void> {
    this.copyTarballs(fresh);
    fresh.write("package.json", { type: "module", ...manifest });
    await fresh.run("npm", "install", "--no-audit", "--no-fund", ...this.tarballs, ...others);
  }

  /** Copies the tarballs into `fresh`, and installs them with Bun and this `package.json`. */
  async installWithBun(
    fresh: Project,
    { overrides, ...manifest }: Readonly<Record<string, object>> = {},
    ...others: readonly string[]
  ): Promise<void> {
    this.copyTarballs(fresh);
    // The tarball's own dependency on the root leads to the registry.
    const root = { "@fdready/fdready": "file:./fdready.tgz" };
    fresh.write("package.json", {
      type: "module",
      ...manifest,
      overrides: { ...overrides, ...root },
    });
    await fresh.run("bun", "add", ...this.tarballs, ...others);
  }

  /** Copies the files for JSR into `fresh`, which then imports the packages by their names. */
  async linkPublished(fresh: Project): Promise<void> {
    const name = basename(this.#folder);
    await fresh.copyPublished("jsr");
    await fresh.copyPublished(`jsr_${name}`, this.#folder);
    fresh.write("deno.json", {
      imports: {
        "@fdready/fdready": "jsr:@fdready/fdready@0",
        [`@fdready/${name}`]: `jsr:@fdready/${name}@0`,
      },
      links: ["./jsr", `./jsr_${name}`],
    });
  }
}

/** Registers the tests of the package in `folder`, and one that it is published completely. */
export function describePackage(folder: string, body: (suite: PackageSuite) => void): void {
  describe(basename(folder), () => {
    body(new PackageSuite(folder));

    it("is published as sources, README and license", async () => {
      const files = await publishedFiles(folder);
      assert(files.length > 8);
      const wanted = /^(mod\.ts|src\/.*\.ts|deno\.json|README\.md|\w+\.svg|LICENSE)$/;
      assertEquals(files.filter((file) => !wanted.test(file)), []);
    });
  });
}
