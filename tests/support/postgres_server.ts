/** A PostgreSQL server for tests. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { outcome, printed } from "./programs.ts";
import { TemporaryFolder } from "./temporary_folder.ts";

/** How long it runs, in seconds, if the test that started it is killed. */
const limit = 900;

/** Where Debian and other systems keep programs that users don't run. */
function findPrograms(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian) : [];
  const latestFirst = versions.sort((a, b) => Number(b) - Number(a));
  return [
    ...latestFirst.map((version) => `${debian}/${version}/bin`),
    ...(process.env.PATH ?? "").split(":"),
  ].find((folder) => existsSync(`${folder}/postgres`) && existsSync(`${folder}/initdb`));
}

/** A user's numbers, or undefined if there is no such user. */
function findUser(name: string): { uid: number; gid: number } | undefined {
  const users = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"));
  const user = users.find(([login]) => login === name);
  return user && { uid: Number(user[2]), gid: Number(user[3]) };
}

/**
 * The missing Debian package, if any. PostgreSQL refuses to run as root, so it runs as its own
 * user.
 */
export function missingServer(): string[] {
  const ready = findPrograms() !== undefined &&
    (process.getuid?.() !== 0 || findUser("postgres") !== undefined);
  return ready ? [] : ["postgresql"];
}

export class PostgresServer implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  readonly #child: ChildProcess;

  private constructor(folder: TemporaryFolder, child: ChildProcess) {
    this.#folder = folder;
    this.#child = child;
  }

  /**
   * Creates a database cluster in a temporary folder and serves it, on a Unix socket in that
   * folder.
   */
  static async start(): Promise<PostgresServer> {
    const folder = new TemporaryFolder();
    try {
      const programs = findPrograms();
      const prefix = process.getuid?.() === 0 ? asPostgres(folder.path) : [];
      const data = `${folder.path}/data`;
      const [first, ...rest] = [
        ...prefix,
        ...[`${programs}/initdb`, "-D", data, "-U", "tests", "--auth=trust", "--no-sync"],
        ...["--locale=C", "--encoding=UTF8"],
      ];
      execFileSync(first!, rest, { cwd: folder.path, stdio: "pipe", timeout: limit * 1000 });
      const command = [
        ...["timeout", "--signal=INT", String(limit), ...prefix],
        ...[`${programs}/postgres`, "-D", data, "-k", folder.path],
        ...["-c", "listen_addresses=", "-c", "fsync=off"],
      ];
      const child = spawn("sh", ["-c", 'exec "$@" 2>&1', "sh", ...command], {
        cwd: folder.path,
        stdio: ["ignore", "pipe", "ignore"],
      });
      const server = new PostgresServer(folder, child);
      await printed(child, "ready to accept connections");
      return server;
    } catch (error) {
      folder[Symbol.dispose]();
      throw error;
    }
  }

  /** The connection string. */
  get conninfo(): string {
    return `host=${this.#folder.path} user=tests dbname=postgres`;
  }

  /** Stops the server, which ends its connections, and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ended = outcome(this.#child);
    this.#child.kill("SIGINT");
    await ended;
    this.#folder[Symbol.dispose]();
  }
}

/** The prefix of a command that runs as PostgreSQL's user, who becomes the owner of the folder. */
function asPostgres(folder: string): string[] {
  const { uid, gid } = findUser("postgres")!;
  chownSync(folder, uid, gid);
  return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
}
