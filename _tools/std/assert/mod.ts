/**
 * The part of `jsr:@std/assert` that the suite uses, for machines that can't reach JSR.
 *
 * All names, signatures and meanings are those of the real package: an assertion that passes here
 * also passes there. Where Node's comparison is stricter (`-0`, messages of errors), so is this
 * one.
 *
 * @module
 */
import { deepStrictEqual } from "node:assert/strict";
import { inspect, isDeepStrictEqual } from "node:util";

type Constructor<T> = abstract new (...args: never[]) => T;

/** Thrown by every failed assertion. */
export class AssertionError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

function withSuffix(text: string, msg?: string): string {
  return msg ? `${text}: ${msg}` : `${text}.`;
}

export function fail(msg?: string): never {
  throw new AssertionError(withSuffix("Failed assertion", msg));
}

export function unreachable(msg?: string): never {
  throw new AssertionError(withSuffix("Unreachable", msg));
}

export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) {
    throw new AssertionError(
      withSuffix(`Expected actual: "${actual}" to not be null or undefined`, msg),
    );
  }
}

function difference(actual: unknown, expected: unknown): string {
  try {
    deepStrictEqual(actual, expected);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (actual === expected || isDeepStrictEqual(actual, expected)) return;
  const text = withSuffix("Values are not equal", msg);
  throw new AssertionError(`${text}\n${difference(actual, expected)}`);
}

export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (actual !== expected && !isDeepStrictEqual(actual, expected)) return;
  throw new AssertionError(
    withSuffix(`Expected actual: ${inspect(actual)} not to be: ${inspect(expected)}`, msg),
  );
}

export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const text = withSuffix("Values are not strictly equal", msg);
  throw new AssertionError(
    `${text}\n    actual: ${inspect(actual)}\n  expected: ${inspect(expected)}`,
  );
}

export function assertInstanceOf<T extends Constructor<unknown>>(
  actual: unknown,
  expectedType: T,
  msg = "",
): asserts actual is T extends Constructor<infer I> ? I : never {
  if (actual instanceof expectedType) return;
  throw new AssertionError(
    withSuffix(
      `Expected object to be an instance of "${expectedType.name}" but was ${inspect(actual)}`,
      msg,
    ),
  );
}

export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (actual.includes(expected)) return;
  throw new AssertionError(
    withSuffix(`Expected actual: "${actual}" to contain: "${expected}"`, msg),
  );
}

export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (expected.test(actual)) return;
  throw new AssertionError(withSuffix(`Expected actual: "${actual}" to match: ${expected}`, msg));
}

function assertOrder<T>(holds: boolean, actual: T, relation: string, expected: T, msg?: string) {
  if (holds) return;
  throw new AssertionError(
    withSuffix(`Expected ${inspect(actual)} to be ${relation} ${inspect(expected)}`, msg),
  );
}

export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  assertOrder(actual > expected, actual, "greater than", expected, msg);
}

export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  assertOrder(actual >= expected, actual, "at least", expected, msg);
}

export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  assertOrder(actual < expected, actual, "less than", expected, msg);
}

export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  assertOrder(actual <= expected, actual, "at most", expected, msg);
}

/** The caller's requirements for the error, in `assertThrows` and `assertRejects`. */
interface Expectation {
  ErrorClass?: Constructor<Error>;
  msgIncludes?: string;
  msg?: string;
}

function expectation(
  errorClassOrMsg?: Constructor<Error> | string,
  msgIncludes?: string,
  msg?: string,
): Expectation {
  return typeof errorClassOrMsg === "string"
    ? { msg: errorClassOrMsg }
    : { ErrorClass: errorClassOrMsg, msgIncludes, msg };
}

function checkError(error: unknown, { ErrorClass, msgIncludes, msg }: Expectation): void {
  if (!ErrorClass) return;
  if (!(error instanceof ErrorClass)) {
    throw new AssertionError(
      withSuffix(`Expected an instance of "${ErrorClass.name}", but got ${inspect(error)}`, msg),
      { cause: error },
    );
  }
  if (msgIncludes && !error.message.includes(msgIncludes)) {
    throw new AssertionError(
      withSuffix(
        `Expected error message to include "${msgIncludes}", but got "${error.message}"`,
        msg,
      ),
      { cause: error },
    );
  }
}

export function assertThrows(fn: () => unknown, msg?: string): unknown;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: Constructor<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  errorClassOrMsg?: Constructor<Error> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const expected = expectation(errorClassOrMsg, msgIncludes, msg);
  try {
    fn();
  } catch (error) {
    checkError(error, expected);
    return error;
  }
  throw new AssertionError(withSuffix("Expected function to throw", expected.msg));
}

export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: Constructor<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  errorClassOrMsg?: Constructor<Error> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const expected = expectation(errorClassOrMsg, msgIncludes, msg);
  const promise = callForPromise(fn, expected);
  try {
    await promise;
  } catch (error) {
    checkError(error, expected);
    return error;
  }
  throw new AssertionError(withSuffix("Expected function to reject", expected.msg));
}

/** A synchronous throw is a failure, because the caller expects a rejection. */
function callForPromise(
  fn: () => PromiseLike<unknown>,
  { msg }: Expectation,
): PromiseLike<unknown> {
  let cause: unknown;
  try {
    const promise: unknown = fn();
    if (isPromiseLike(promise)) return promise;
  } catch (error) {
    cause = error;
  }
  throw new AssertionError(withSuffix("Function throws when expected to reject", msg), { cause });
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value &&
    typeof value.then === "function";
}
