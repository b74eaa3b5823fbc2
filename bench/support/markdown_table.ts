/** Tables in Markdown. */

/** `rows` under `header`; all columns but the first `left` are aligned to the right. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  left = 1,
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = header.map((_, column) => column < left ? "---" : "---:");
  return [line(header), line(rule), ...rows.map(line)].join("\n");
}
