/**
 * PostgreSQL with its C library, libpq: connects, queries the server's version, and prints the
 * notifications on a channel until it is interrupted. When libpq would block, the program waits
 * until its socket is ready, and then calls it again.
 *
 *     deno run --allow-ffi examples/postgres.ts "host=/run/postgresql dbname=postgres" news
 *     bun examples/postgres.ts "host=/run/postgresql dbname=postgres" news
 *     node examples/postgres.ts "host=/run/postgresql dbname=postgres" news
 *
 * In another terminal, run `psql -c "NOTIFY news, 'hello'"`. The program needs libpq, on Debian the
 * package libpq5. libpq reads passwords and defaults from the environment, as psql does.
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
node examples/postgres.ts [conninfo] [channel]

Connects to a PostgreSQL server and prints the notifications on a channel. The default is "news".
`;

/** A row: the values by column. */
export type Row = Readonly<Record<string, string | null>>;

/** A notification on a channel. */
export interface Notification {
  readonly channel: string;
  readonly payload: string;
  /** The process ID of the server process that sent it. */
  readonly sender: number;
}

/** A signal that ends a pending call. The connection can't be used afterwards. */
export interface Options {
  readonly signal?: AbortSignal;
}

/** An error from the server or from libpq. */
export class PostgresError extends Error {
  override readonly name = "PostgresError";
}

/**
 * A connection. It does one thing at a time, a query or a wait for notifications. A second one
 * rejects with a `BusyResourceError`.
 */
export class Connection implements Disposable {
  #handle: bigint;
  #busy = false;

  private constructor(handle: bigint) {
    this.#handle = handle;
  }

  /** Connects with `conninfo`, as in `psql "host=/run/postgresql dbname=postgres"`. */
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
    // PQconnectPoll may try several addresses, each with a new socket. That is why this gets the
    // descriptor before each wait. No wait is pending when libpq closes it.
    let state = PGRES_POLLING_WRITING;
    while (state !== PGRES_POLLING_OK) {
      if (state === PGRES_POLLING_READING) await waitReadable(this, options);
      else if (state === PGRES_POLLING_WRITING) await waitWritable(this, options);
      else throw this.#error();
      state = PQconnectPoll(this.#handle);
    }
    if (PQsetnonblocking(this.#handle, 1) !== 0) throw this.#error();
  }

  /** The descriptor, which libpq owns, or -1 after a close. */
  get fd(): number {
    return this.#handle === 0n ? -1 : libpq().PQsocket(this.#handle);
  }

  /** Runs one or more statements, except COPY. Resolves to the rows of the last one. */
  async query(sql: string, options?: Options): Promise<Row[]> {
    using _turn = this.#takeTurn();
    if (libpq().PQsendQuery(this.#open(), cString(sql)) !== 1) throw this.#error();
    await this.#flush(options);
    let rows: Row[] = [];
    let failure: PostgresError | undefined;
    // All results must be read before the next query, including those with an error.
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

  /**
   * Yields the notifications on the channels that it listens to. Those that come during a query
   * aren't lost.
   */
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

  /** Ends the connection. Pending calls reject with a `ClosedResourceError`. Idempotent. */
  close(): void {
    if (this.#handle === 0n) return;
    // This comes before the descriptor is closed and its number reused.
    if (this.fd !== -1) notifyClosing(this);
    libpq().PQfinish(this.#handle);
    this.#handle = 0n;
  }

  /** Ends the connection, as `close` does. */
  [Symbol.dispose](): void {
    this.close();
  }

  #takeTurn(): Disposable {
    if (this.#busy) throw new BusyResourceError("The connection is busy");
    this.#busy = true;
    return { [Symbol.dispose]: () => this.#busy = false };
  }

  /** Sends libpq's output, and reads in between: a server that can't send doesn't read. */
  async #flush(options?: Options): Promise<void> {
    for (let left; (left = libpq().PQflush(this.#open())) !== 0;) {
      if (left === -1) throw this.#error();
      await waitReady(this, { ...options, readable: true, writable: true });
      this.#consumeInput();
    }
  }

  /** The next result of the query, which must be freed with `PQclear`, or 0n after the last one. */
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

  /** The handle. A call of libpq with a freed one would crash. */
  #open(): bigint {
    if (this.#handle === 0n) throw new ClosedResourceError("The connection is closed");
    if (libpq().PQstatus(this.#handle) === CONNECTION_BAD) throw this.#error();
    return this.#handle;
  }

  #error(): PostgresError {
    return new PostgresError(stringAt(libpq(), libpq().PQerrorMessage(this.#handle)).trim());
  }
}

/** Whether it is a result of COPY, which is the same each time until all data has been copied. */
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

/** A name in SQL, with any characters. */
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
