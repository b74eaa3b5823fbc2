/**
 * Node's reporter for the suite: prints the tests, and at the end writes JUnit's format to the file
 * that `FDREADY_TEST_REPORT` names. Node's own reporter would keep the file open, among the
 * descriptors that tests count.
 */

import { writeFileSync } from "node:fs";
import process from "node:process";
import { Readable } from "node:stream";
import { junit, spec } from "node:test/reporters";

export default async function* report(source: AsyncIterable<unknown>): AsyncGenerator<string> {
  const events: unknown[] = [];
  async function* copyEvents(): AsyncGenerator<unknown> {
    for await (const event of source) {
      events.push(event);
      yield event;
    }
  }
  for await (const text of Readable.from(copyEvents()).compose(new spec())) yield String(text);
  const xml = await Array.fromAsync(junit(Readable.from(events) as never));
  writeFileSync(process.env.FDREADY_TEST_REPORT!, xml.join(""));
}
