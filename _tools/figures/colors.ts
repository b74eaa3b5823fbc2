/** The colors of charts, for light and dark pages. */

interface Color {
  readonly light: string;
  readonly dark: string;
}

export const theme = {
  background: { light: "#ffffff", dark: "#0d1117" },
  text: { light: "#1f2328", dark: "#e6edf3" },
  faint: { light: "#59636e", dark: "#9198a1" },
  rule: { light: "#818b98", dark: "#656c76" },
  grid: { light: "#e4e8ec", dark: "#262c36" },
  whisker: { light: "#343a40", dark: "#ced4da" },
  /** Colors of bars. */
  ours: { light: "#d9480f", dark: "#f76707" },
  others: { light: "#adb5bd", dark: "#586069" },
} as const satisfies Record<string, Color>;

/** Colors of lines, which must be distinguishable. */
export const ourLines: readonly Color[] = [
  theme.ours,
  { light: "#f59f00", dark: "#ffd43b" },
  { light: "#e64980", dark: "#f783ac" },
  { light: "#862e9c", dark: "#da77f2" },
];

export const otherLines: readonly Color[] = [
  { light: "#212529", dark: "#f1f3f5" },
  { light: "#1971c2", dark: "#4dabf7" },
  { light: "#2b8a3e", dark: "#69db7c" },
  { light: "#0c8599", dark: "#22b8cf" },
  { light: "#5f3dc4", dark: "#9775fa" },
  { light: "#868e96", dark: "#adb5bd" },
  { light: "#846358", dark: "#d2bab0" },
];

/**
 * Returns `svg`, drawn in light colors, with a style sheet that replaces them where the reader
 * prefers dark ones. Each light color must belong to a single dark one.
 */
export function forLightAndDark(svg: string): string {
  const colors: Color[] = [...Object.values(theme), ...ourLines, ...otherLines];
  const rules = ["fill", "stroke"].flatMap((property) =>
    colors.filter(({ light }) => svg.includes(`${property}="${light}"`))
      .map(({ light, dark }) => `[${property}="${light}"]{${property}:${dark}}`)
  );
  const style = `<style>@media (prefers-color-scheme: dark){${rules.join("")}}</style>`;
  return svg.replace(/^<svg [^>]*>/, (start) => start + style);
}
