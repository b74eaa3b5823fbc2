import type { RuntimeName } from "../../src/runtime/runtime.ts";
import { runtimeNames } from "./runtimes.ts";

/**
 * Skipped tests and the reasons. Each is listed once, however many files and drivers reported it.
 */
export class Skips {
  readonly #runtimes = new Map<string, Set<RuntimeName>>();

  /** Adds the lines `SKIPPED name: reason` in the output of a file. */
  collect(output: string, runtime: RuntimeName): void {
    for (const [, skip = ""] of output.matchAll(/^SKIPPED (.*)$/gm)) this.add(skip, runtime);
  }

  add(skip: string, runtime: RuntimeName): void {
    const runtimes = this.#runtimes.get(skip) ?? new Set();
    this.#runtimes.set(skip, runtimes.add(runtime));
  }

  lines(): string[] {
    return [...this.#runtimes].sort().map(([skip, runtimes]) => {
      const names = runtimeNames.filter((name) => runtimes.has(name));
      return `SKIPPED ${skip} (${names.join(", ")})`;
    });
  }
}
