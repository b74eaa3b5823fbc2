/**
 * The part of `jsr:@std/testing/bdd` that the suite uses, for machines that can't reach JSR.
 *
 * `node:test` differs from the real package, and between runtimes, in when it runs the body of a
 * `describe`, and in what happens after a hook throws. That is why this module builds the tree of
 * suites and runs the hooks itself. `node:test` only registers and reports tests.
 *
 * @module
 */
import * as nodeTest from "node:test";

type Body = () => void | Promise<void>;
type HookName = "beforeAll" | "beforeEach" | "afterEach" | "afterAll";

/** Deno's sanitizers. Without the real package, they are off. */
interface Definition {
  name: string;
  ignore?: boolean;
  sanitizeExit?: boolean;
  sanitizeOps?: boolean;
  sanitizeResources?: boolean;
}

/** The options of a test. */
export interface ItDefinition<T> extends Definition {
  fn: (this: T) => void | Promise<void>;
}

/** The options of a group of tests. */
export interface DescribeDefinition<T> extends Definition {
  fn?: () => void | undefined;
}

/** A group of tests. */
export interface TestSuite<T> {
  symbol: symbol;
}

/** The arguments of `it`. */
export type ItArgs<T> =
  | [name: string, fn: (this: T) => void | Promise<void>]
  | [
    name: string,
    options: Omit<ItDefinition<T>, "fn" | "name">,
    fn: (this: T) => void | Promise<void>,
  ];

/** The arguments of `describe`. */
export type DescribeArgs<T> =
  | [name: string, fn: () => void | undefined]
  | [
    name: string,
    options: Omit<DescribeDefinition<T>, "fn" | "name">,
    fn: () => void | undefined,
  ];

interface Test {
  readonly name: string;
  readonly ignore: boolean;
  readonly fn: Body;
}

class Suite {
  readonly symbol: symbol = Symbol();
  readonly hooks: Record<HookName, Body[]> = {
    beforeAll: [],
    beforeEach: [],
    afterEach: [],
    afterAll: [],
  };
  readonly children: (Suite | Test)[] = [];
  /** Set by a `beforeAll` that has thrown. All tests below fail without running. */
  broken?: { error: unknown };

  readonly name: string;
  readonly ignore: boolean;
  readonly parent: Suite | undefined;

  constructor(name: string, ignore: boolean, parent?: Suite) {
    this.name = name;
    this.ignore = ignore;
    this.parent = parent;
  }

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
    // Registered only if they are used, because older versions of Deno lack them.
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

function addSuite(name: string, ignore: boolean, fn?: () => void): Suite {
  const suite = new Suite(name, ignore, current);
  if (!ignore && fn) suite.collect(fn);
  add(suite);
  return suite;
}

function addHook(name: HookName, fn: Body): void {
  if (!current) throw new Error(`${name} must be called within a describe`);
  current.hooks[name].push(fn);
}

/** Groups tests. Calls the body immediately, which must be synchronous. */
export function describe<T>(...args: DescribeArgs<T>): TestSuite<T> {
  const [name, options, fn] = args.length === 2 ? [args[0], {}, args[1]] : args;
  return addSuite(name, options.ignore ?? false, fn);
}

/** Skips a group of tests. */
describe.ignore = function describeIgnore<T>(...args: DescribeArgs<T>): TestSuite<T> {
  return addSuite(args[0], true);
};

/** Skips a group of tests, as `describe.ignore` does. */
describe.skip = function describeSkip<T>(...args: DescribeArgs<T>): TestSuite<T> {
  return describe.ignore(...args);
};

/** Registers a test. */
export function it<T>(...args: ItArgs<T>): void {
  const [name, options, fn] = args.length === 2 ? [args[0], {}, args[1]] : args;
  add({ name, ignore: options.ignore ?? false, fn });
}

/** Skips a test. */
it.ignore = function itIgnore<T>(...args: ItArgs<T>): void {
  add({ name: args[0], ignore: true, fn() {} });
};

/** Skips a test, as `it.ignore` does. */
it.skip = function itSkip<T>(...args: ItArgs<T>): void {
  it.ignore(...args);
};

/** Runs once before the tests of the enclosing `describe`. If it throws, they fail. */
export function beforeAll<T>(fn: (this: T) => void | Promise<void>): void {
  addHook("beforeAll", fn);
}

/** Runs once after the tests of the enclosing `describe`, unless `beforeAll` has thrown. */
export function afterAll<T>(fn: (this: T) => void | Promise<void>): void {
  addHook("afterAll", fn);
}

/** Runs before each test of the enclosing `describe`, after the hooks of outer suites. */
export function beforeEach<T>(fn: (this: T) => void | Promise<void>): void {
  addHook("beforeEach", fn);
}

/** Runs after each test of the enclosing `describe`, before the hooks of outer suites. */
export function afterEach<T>(fn: (this: T) => void | Promise<void>): void {
  addHook("afterEach", fn);
}
