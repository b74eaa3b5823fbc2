/**
 * The part of `jsr:@std/testing/bdd` that the suite uses, for machines that cannot reach JSR.
 *
 * `node:test` differs from the real package, and from runtime to runtime, in when the body of a
 * `describe` runs and in what follows a hook that throws. So the tree of suites is built and the
 * hooks are run here, and `node:test` only registers and reports.
 *
 * @module
 */
import * as nodeTest from "node:test";

type Body = () => void | Promise<void>;
type HookName = "beforeAll" | "beforeEach" | "afterEach" | "afterAll";

/** The sanitizers are Deno's; without the real package they are off. */
export interface TestOptions {
  ignore?: boolean;
  sanitizeExit?: boolean;
  sanitizeOps?: boolean;
  sanitizeResources?: boolean;
}

interface Test {
  readonly name: string;
  readonly ignore: boolean;
  readonly fn: Body;
}

class Suite {
  readonly hooks: Record<HookName, Body[]> = {
    beforeAll: [],
    beforeEach: [],
    afterEach: [],
    afterAll: [],
  };
  readonly children: (Suite | Test)[] = [];
  /** Set by a `beforeAll` that threw: fails every test below without running it. */
  broken?: { error: unknown };

  constructor(readonly name: string, readonly ignore: boolean, readonly parent?: Suite) {}

  collect(body: () => void): void {
    const outer = current;
    current = this;
    try {
      const returned: unknown = body();
      if (returned instanceof Promise) {
        throw new Error(`describe "${this.name}" must not be asynchronous`);
      }
    } finally {
      current = outer;
    }
  }

  get path(): Suite[] {
    return [...this.parent?.path ?? [], this];
  }

  async run(name: HookName): Promise<void> {
    for (const hook of this.hooks[name]) await hook();
  }
}

let current: Suite | undefined;

function add(node: Suite | Test): void {
  if (current) current.children.push(node);
  else register(node);
}

function register(node: Suite | Test, parent?: Suite): void {
  if (node.ignore) nodeTest.it.skip(node.name, () => {});
  else if (node instanceof Suite) registerSuite(node);
  else nodeTest.it(node.name, () => runTest(node, parent?.path ?? []));
}

function registerSuite(suite: Suite): void {
  nodeTest.describe(suite.name, () => {
    // Registered only where they are used, since older versions of Deno don't have them.
    if (suite.hooks.beforeAll.length + suite.hooks.afterAll.length > 0) {
      nodeTest.before(() => beginSuite(suite));
      nodeTest.after(() => endSuite(suite));
    }
    for (const child of suite.children) register(child, suite);
  });
}

async function beginSuite(suite: Suite): Promise<void> {
  suite.broken = suite.parent?.broken;
  if (suite.broken) return;
  try {
    await suite.run("beforeAll");
  } catch (error) {
    suite.broken = { error };
  }
}

async function endSuite(suite: Suite): Promise<void> {
  if (!suite.broken) await suite.run("afterAll");
}

async function runTest(test: Test, [suite, ...inner]: Suite[]): Promise<void> {
  if (!suite) return await test.fn();
  if (suite.broken) throw suite.broken.error;
  await suite.run("beforeEach");
  try {
    await runTest(test, inner);
  } finally {
    await suite.run("afterEach");
  }
}

function addHook(name: HookName, fn: Body): void {
  if (!current) throw new Error(`${name} must be called within a describe`);
  current.hooks[name].push(fn);
}

/** The call forms that `describe` and `it` share. */
export interface Define {
  (name: string, fn: Body): void;
  (name: string, options: TestOptions, fn: Body): void;
}

/** `describe` or `it` with its variants that do not run. */
export interface DefineOrIgnore extends Define {
  ignore: Define;
  skip: Define;
}

function forms(define: (name: string, ignore: boolean, fn: Body) => void): DefineOrIgnore {
  const form =
    (always: boolean): Define => (name: string, options: TestOptions | Body, fn?: Body) => {
      if (typeof options === "function") define(name, always, options);
      else if (fn) define(name, always || (options.ignore ?? false), fn);
      else throw new TypeError(`"${name}" has no body`);
    };
  return Object.assign(form(false), { ignore: form(true), skip: form(true) });
}

/** Groups tests; the body runs at once and must be synchronous. */
export const describe: DefineOrIgnore = forms((name, ignore, fn) => {
  const suite = new Suite(name, ignore, current);
  if (!ignore) suite.collect(fn);
  add(suite);
});

/** Registers a test. */
export const it: DefineOrIgnore = forms((name, ignore, fn) => add({ name, ignore, fn }));

/** Runs once before the tests of the enclosing `describe`; if it throws, they fail. */
export function beforeAll(fn: Body): void {
  addHook("beforeAll", fn);
}

/** Runs once after the tests of the enclosing `describe`, unless `beforeAll` threw. */
export function afterAll(fn: Body): void {
  addHook("afterAll", fn);
}

/** Runs before each test of the enclosing `describe`, the outermost suite's hooks first. */
export function beforeEach(fn: Body): void {
  addHook("beforeEach", fn);
}

/** Runs after each test of the enclosing `describe`, the innermost suite's hooks first. */
export function afterEach(fn: Body): void {
  addHook("afterEach", fn);
}
