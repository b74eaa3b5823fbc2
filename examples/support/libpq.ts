/** The part of libpq, PostgreSQL's C library, that `examples/postgres.ts` calls. */

import { type Functions, memorySymbols, openLibrary } from "./library.ts";

const symbols = {
  ...memorySymbols,
  // PGconn *PQconnectStart(const char *conninfo)
  PQconnectStart: { args: ["buffer"], returns: "address" },
  // PostgresPollingStatusType PQconnectPoll(PGconn *conn)
  PQconnectPoll: { args: ["address"], returns: "i32" },
  // ConnStatusType PQstatus(const PGconn *conn)
  PQstatus: { args: ["address"], returns: "i32" },
  // void PQfinish(PGconn *conn)
  PQfinish: { args: ["address"], returns: "void" },
  // int PQsocket(const PGconn *conn)
  PQsocket: { args: ["address"], returns: "i32" },
  // int PQsetnonblocking(PGconn *conn, int arg)
  PQsetnonblocking: { args: ["address", "i32"], returns: "i32" },
  // char *PQerrorMessage(const PGconn *conn)
  PQerrorMessage: { args: ["address"], returns: "address" },
  // int PQsendQuery(PGconn *conn, const char *command)
  PQsendQuery: { args: ["address", "buffer"], returns: "i32" },
  // int PQflush(PGconn *conn)
  PQflush: { args: ["address"], returns: "i32" },
  // int PQconsumeInput(PGconn *conn)
  PQconsumeInput: { args: ["address"], returns: "i32" },
  // int PQisBusy(PGconn *conn)
  PQisBusy: { args: ["address"], returns: "i32" },
  // PGresult *PQgetResult(PGconn *conn)
  PQgetResult: { args: ["address"], returns: "address" },
  // ExecStatusType PQresultStatus(const PGresult *res)
  PQresultStatus: { args: ["address"], returns: "i32" },
  // char *PQresultErrorMessage(const PGresult *res)
  PQresultErrorMessage: { args: ["address"], returns: "address" },
  // void PQclear(PGresult *res)
  PQclear: { args: ["address"], returns: "void" },
  // int PQntuples(const PGresult *res)
  PQntuples: { args: ["address"], returns: "i32" },
  // int PQnfields(const PGresult *res)
  PQnfields: { args: ["address"], returns: "i32" },
  // char *PQfname(const PGresult *res, int field_num)
  PQfname: { args: ["address", "i32"], returns: "address" },
  // char *PQgetvalue(const PGresult *res, int tup_num, int field_num)
  PQgetvalue: { args: ["address", "i32", "i32"], returns: "address" },
  // int PQgetisnull(const PGresult *res, int tup_num, int field_num)
  PQgetisnull: { args: ["address", "i32", "i32"], returns: "i32" },
  // PGnotify *PQnotifies(PGconn *conn)
  PQnotifies: { args: ["address"], returns: "address" },
  // void PQfreemem(void *ptr)
  PQfreemem: { args: ["address"], returns: "void" },
} as const;

/** The values of ConnStatusType, PostgresPollingStatusType and ExecStatusType that matter here. */
export const CONNECTION_BAD = 1;
export const PGRES_POLLING_READING = 1;
export const PGRES_POLLING_WRITING = 2;
export const PGRES_POLLING_OK = 3;
export const PGRES_EMPTY_QUERY = 0;
export const PGRES_COMMAND_OK = 1;
export const PGRES_TUPLES_OK = 2;
/** To the client, from the client, and both. */
export const PGRES_COPY = [3, 4, 8];

let library: Functions<typeof symbols> | undefined;

/** libpq, opened at the first call. */
export function libpq(): Functions<typeof symbols> {
  return library ??= openLibrary("libpq.so.5", symbols);
}
