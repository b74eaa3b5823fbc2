/**
 * Why a limit isn't met, as far as that is known: written by hand, by the limit's text, for the list in
 * docs/benchmarks.md. A reason is a sentence, and left out while its limit is met.
 */
export const reasons: Readonly<Record<string, string>> = {};
