/**
 * PostgreSQL through its own C library: connects, asks for the server's version, and prints the
 * notifications of a channel until it is interrupted. libpq does all the work. When it would block,
 * the program waits until its socket is ready, then calls it again.
 *
 *     deno run --allow-ffi examples/postgres.ts "host=/run/postgresql dbname=postgres" news
 *     bun examples/postgres.ts "host=/run/postgresql dbname=postgres" news
 *
 * and in another terminal `psql -c "NOTIFY news, 'hello'"`. Needs libpq: in Debian, the package
 * libpq5. libpq takes passwords and defaults from the environment, as psql does.
 */

import {
  BusyResourceError,
  ClosedResourceError,
  notifyClosing,
  waitReadable,
  waitReady,
  waitWritable,
} from "@fdready/fdready";
import {
  CONNECTION_BAD,
  libpq,
  PGRES_COMMAND_OK,
  PGRES_COPY,
  PGRES_EMPTY_QUERY,
  PGRES_POLLING_OK,
  PGRES_POLLING_READING,
  PGRES_POLLING_WRITING,
  PGRES_TUPLES_OK,
} from "./support/libpq.ts";
import { readCommandLine } from "./support/command_line.ts";
import { bytesAt, cString, stringAt } from "./support/library.ts";

const usage = `
deno run --allow-ffi examples/postgres.ts [conninfo] [channel]
bun examples/postgres.ts [conninfo] [channel]

Connects to a PostgreSQL server and prints what is notified on a channel, by default "news".
`;

/** A row, by column. */
export type Row = Readonly<Record<string, string | null>>;

/** What somebody said on a channel. */
export interface Notification {
  readonly channel: string;
  readonly payload: string;
  /** The process of the server that it came from. */
  readonly sender: number;
}

/** A signal that ends what is pending. Its connection is of no use from then on. */
export interface Options {
  readonly signal?: AbortSignal;
}

/** Something that the server or libpq complained about. */
export class PostgresError extends Error {
  override readonly name = "PostgresError";
}

/**
 * A connection. It does one thing at a time, a query or waiting for a notification; a second is
 * refused with a `BusyResourceError`.
 */
export class Connection implements Disposable {
  #handle: bigint;
  #busy = false;

  private constructor(handle: bigint) {
    this.#handle = handle;
  }

  /** Connects to where `conninfo` says, as in `psql "host=/run/postgresql dbname=postgres"`. */
  static async open(conninfo: string, options?: Options): Promise<Connection> {
    const handle = libpq().PQconnectStart(cString(conninfo));
    if (handle === 0n) throw new PostgresError("libpq is out of memory");
    const connection = new Connection(handle);
    try {
      await connection.#connect(options);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  async #connect(options?: Options): Promise<void> {
    const { PQstatus, PQconnectPoll, PQsetnonblocking } = libpq();
    if (PQstatus(this.#handle) === CONNECTION_BAD) throw this.#error();
    // PQconnectPoll may try one address after the other, each with a socket of its own. That is why
    // the descriptor is asked for before each wait. Nobody waits for one that libpq closes.
    let state = PGRES_POLLING_WRITING;
    while (state !== PGRES_POLLING_OK) {
      if (state === PGRES_POLLING_READING) await waitReadable(this, options);
      else if (state === PGRES_POLLING_WRITING) await waitWritable(this, options);
      else throw this.#error();
      state = PQconnectPoll(this.#handle);
    }
    if (PQsetnonblocking(this.#handle, 1) !== 0) throw this.#error();
  }

  /** The descriptor, which libpq owns; -1 once closed. */
  get fd(): number {
    return this.#handle === 0n ? -1 : libpq().PQsocket(this.#handle);
  }

  /** Runs one or more statements, but for COPY; the rows are those of the last one. */
  async query(sql: string, options?: Options): Promise<Row[]> {
    using _turn = this.#takeTurn();
    if (libpq().PQsendQuery(this.#open(), cString(sql)) !== 1) throw this.#error();
    await this.#flush(options);
    let rows: Row[] = [];
    let failure: PostgresError | undefined;
    // All results have to be taken before the next query, also those that say what went wrong.
    for (let result; (result = await this.#nextResult(options)) !== 0n;) {
      if (isCopy(result)) this.close();
      try {
        rows = takeRows(result);
      } catch (error) {
        failure = error as PostgresError;
      } finally {
        libpq().PQclear(result);
      }
      if (this.#handle === 0n) break;
    }
    if (failure !== undefined) throw failure;
    return rows;
  }

  /** What is said on the channels that it listens to; what comes during a query isn't lost. */
  async *notifications(options?: Options): AsyncGenerator<Notification, never> {
    for (;;) {
      for (let address; (address = libpq().PQnotifies(this.#open())) !== 0n;) {
        const notification = readNotification(address);
        libpq().PQfreemem(address);
        yield notification;
      }
      using _turn = this.#takeTurn();
      await waitReadable(this, options);
      this.#consumeInput();
    }
  }

  /** Ends the connection; what is pending gets a `ClosedResourceError`. Idempotent. */
  close(): void {
    if (this.#handle === 0n) return;
    // Before the descriptor's number can become another file's.
    if (this.fd !== -1) notifyClosing(this);
    libpq().PQfinish(this.#handle);
    this.#handle = 0n;
  }

  /** Does what `close` does. */
  [Symbol.dispose](): void {
    this.close();
  }

  #takeTurn(): Disposable {
    if (this.#busy) throw new BusyResourceError("The connection is busy");
    this.#busy = true;
    return { [Symbol.dispose]: () => this.#busy = false };
  }

  /** Sends what libpq holds back, and takes what comes: a server that can't send doesn't read. */
  async #flush(options?: Options): Promise<void> {
    for (let left; (left = libpq().PQflush(this.#open())) !== 0;) {
      if (left === -1) throw this.#error();
      await waitReady(this, { ...options, readable: true, writable: true });
      this.#consumeInput();
    }
  }

  /** The next result of the query, which `PQclear` has to be called for; 0n after the last one. */
  async #nextResult(options?: Options): Promise<bigint> {
    while (libpq().PQisBusy(this.#open()) !== 0) {
      await waitReadable(this, options);
      this.#consumeInput();
    }
    return libpq().PQgetResult(this.#handle);
  }

  #consumeInput(): void {
    if (libpq().PQconsumeInput(this.#open()) !== 1) throw this.#error();
  }

  /** The handle. Calling libpq with one that it has freed would crash. */
  #open(): bigint {
    if (this.#handle === 0n) throw new ClosedResourceError("The connection is closed");
    if (libpq().PQstatus(this.#handle) === CONNECTION_BAD) throw this.#error();
    return this.#handle;
  }

  #error(): PostgresError {
    return new PostgresError(stringAt(libpq(), libpq().PQerrorMessage(this.#handle)).trim());
  }
}

/** Whether it is what COPY has for a result, which is the same again until all has been copied. */
function isCopy(result: bigint): boolean {
  return PGRES_COPY.includes(libpq().PQresultStatus(result));
}

function takeRows(result: bigint): Row[] {
  const pq = libpq();
  const status = pq.PQresultStatus(result);
  if (status === PGRES_COMMAND_OK || status === PGRES_EMPTY_QUERY) return [];
  if (isCopy(result)) throw new PostgresError("COPY isn't done here; the connection is closed");
  if (status !== PGRES_TUPLES_OK) {
    throw new PostgresError(stringAt(pq, pq.PQresultErrorMessage(result)).trim());
  }
  const columns = Array.from(
    { length: pq.PQnfields(result) },
    (_, column) => stringAt(pq, pq.PQfname(result, column)),
  );
  return Array.from(
    { length: pq.PQntuples(result) },
    (_, row) =>
      Object.fromEntries(columns.map((name, column) => {
        const isNull = pq.PQgetisnull(result, row, column) === 1;
        return [name, isNull ? null : stringAt(pq, pq.PQgetvalue(result, row, column))];
      })),
  );
}

/** Reads a PGnotify: `char *relname; int be_pid; char *extra`. */
function readNotification(address: bigint): Notification {
  const struct = new DataView(bytesAt(libpq(), address, 24).buffer);
  return {
    channel: stringAt(libpq(), struct.getBigUint64(0, true)),
    sender: struct.getInt32(8, true),
    payload: stringAt(libpq(), struct.getBigUint64(16, true)),
  };
}

/** A name as SQL has it, whatever is in it. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

if (import.meta.main) {
  const { positionals: [conninfo = "", channel = "news"] } = readCommandLine(usage, {}, {
    most: 2,
  });
  using connection = await Connection.open(conninfo);
  const [row] = await connection.query("SHOW server_version");
  await connection.query(`LISTEN ${quoted(channel)}`);
  console.log(`PostgreSQL ${row?.server_version}, listening to ${channel}`);
  for await (const { payload, sender } of connection.notifications()) {
    console.log(`${sender} says ${payload}`);
  }
}
