/** The numbers of tests that passed, failed and were skipped. */
export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

export function add(a: Totals, b: Totals): Totals {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

export function none(): Totals {
  return { passed: 0, failed: 0, skipped: 0 };
}

/** "N passed, N failed", and the number of skipped tests unless it is 0. */
export function format({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

type Outcome = keyof Totals;

const SEPARATOR = " &gt; ";

/**
 * Counts the tests in the JUnit report of a file. Deno reports a suite as a test case too, whose
 * name is the beginning of its tests' names.
 */
export function countTests(xml: string): Totals {
  const cases = testCases(xml);
  const groups = new Set(cases.flatMap(([name]) => ancestors(name)));
  const totals = none();
  for (const [name, outcome] of cases) {
    if (!groups.has(name)) totals[outcome]++;
  }
  return totals;
}

function testCases(xml: string): [name: string, outcome: Outcome][] {
  const pattern = /<testcase\b[^>]*?\bname="([^"]*)"[^>]*?(?:\/>|>(.*?)<\/testcase>)/gs;
  return [...xml.matchAll(pattern)].map(([, name = "", body = ""]) => [name, outcomeOf(body)]);
}

function outcomeOf(body: string): Outcome {
  if (/<(failure|error)\b/.test(body)) return "failed";
  return /<skipped\b/.test(body) ? "skipped" : "passed";
}

function ancestors(name: string): string[] {
  const parts = name.split(SEPARATOR);
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join(SEPARATOR));
}
