/** The reference that JSR generates from the sources: every export is documented. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { entryPoints } from "../../support/packages.ts";
import { root, run } from "./support/project.ts";

/** The part of the output of `deno doc --json` that is used here. */
interface Doc {
  readonly doc?: string;
  readonly tags?: readonly { readonly kind: string; readonly name?: string }[];
}
interface Callable {
  readonly hasBody?: boolean;
  readonly params?: readonly { readonly kind: string; readonly name?: string }[];
  readonly returnType?: { readonly repr: string } | null;
}
interface Member {
  readonly name: string;
  readonly kind?: string;
  readonly jsDoc?: Doc;
  readonly functionDef?: Callable;
}
interface Declaration {
  readonly kind: string;
  readonly jsDoc?: Doc;
  readonly location?: { readonly filename: string };
  readonly def: Callable & Readonly<Partial<Record<"constructors" | "methods", Member[]>>>;
}
interface Page {
  readonly module_doc?: Doc;
  readonly symbols: readonly { readonly name: string; readonly declarations: Declaration[] }[];
}

async function readReference(): Promise<Page[]> {
  const { code, output } = await run(root, "deno", "doc", "--quiet", "--json", ...entryPoints);
  assertEquals(code, 0, output);
  return Object.values<Page>(JSON.parse(output).nodes);
}

/** The parts that are missing in the documentation of a function or method. */
function gaps(name: string, doc: Doc | undefined, { params = [], returnType }: Callable): string[] {
  const documented = (kind: string) => doc?.tags?.filter((tag) => tag.kind === kind) ?? [];
  const returns = returnType?.repr ?? "";
  return [
    ...(doc?.doc ? [] : [`${name}: what it does`]),
    ...(documented("param").length < params.length ? [`${name}: @param`] : []),
    ...(["", "void"].includes(returns) || documented("return").length > 0
      ? []
      : [`${name}: @returns`]),
  ];
}

function gapsOfClass(name: string, { def }: Declaration): string[] {
  const methods = def.methods ?? [];
  const overloaded = new Set(
    methods.filter(({ functionDef }) => !functionDef?.hasBody).map(({ name }) => name),
  );
  return methods
    // Users see overloads, not their implementation.
    .filter(({ name, functionDef }) => !(functionDef?.hasBody && overloaded.has(name)))
    // The documentation of `[Symbol.dispose]` and its like refers to another method.
    .filter((method) => method.kind === "method" && !method.name.startsWith("["))
    .flatMap((method) => gaps(`${name}.${method.name}`, method.jsDoc, method.functionDef!));
}

/** The overloads of a function, if it has any, because users don't see their implementation. */
function withoutImplementation(declarations: Declaration[]): Declaration[] {
  const isOverloaded = declarations.length > 1;
  return declarations.filter(({ kind, def }) =>
    !(isOverloaded && kind === "function" && def.hasBody)
  );
}

describe("the reference", () => {
  it("has a text and an example for each entry point", async () => {
    const pages = await readReference();
    assertEquals(pages.length, entryPoints.length);
    for (const { module_doc } of pages) {
      assert(module_doc?.doc);
      assert(module_doc.tags?.some(({ kind }) => kind === "example"));
    }
  });

  it("documents every symbol, with an example for each function and class", async () => {
    const missing = (await readReference()).flatMap(({ symbols }) =>
      symbols.flatMap(({ name, declarations }) =>
        withoutImplementation(declarations).flatMap((declaration) => {
          const { kind, jsDoc, def } = declaration;
          // A symbol that both entry points export is documented at one of them.
          if (kind === "reference") return [];
          // Exports of npm packages are documented there.
          if (declaration.location?.filename.includes("/node_modules/")) return [];
          const example = jsDoc?.tags?.some(({ kind }) => kind === "example");
          return [
            ...(jsDoc?.doc ? [] : [`${name}: what it is`]),
            ...(["function", "class"].includes(kind) && !example ? [`${name}: @example`] : []),
            ...(kind === "function" ? gaps(name, jsDoc, def) : []),
            ...(kind === "class" ? gapsOfClass(name, declaration) : []),
          ];
        })
      )
    );
    assertEquals(missing, []);
  });
});
