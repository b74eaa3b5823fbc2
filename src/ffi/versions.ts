/** Versions of the runtimes. */

/** The oldest ones on which the test suite passes. */
export const oldest = { bun: "1.4.0", deno: "2.8.0" } as const;

/** Whether `version` comes before `other`; a prerelease counts as its release. */
export function isOlder(version: string, other: string): boolean {
  const [left, right] = [numbers(version), numbers(other)];
  const index = left.findIndex((number, index) => number !== right[index]);
  return index !== -1 && left[index]! < right[index]!;
}

function numbers(version: string): [major: number, minor: number, patch: number] {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  return [Number(major), Number(minor), Number(patch)];
}
