/**
 * libcurl's multi interface: fetches all given URLs at once, and prints the length of each
 * response. libcurl reports which of its sockets to watch, for which directions, and how long to
 * wait.
 *
 *     deno run --allow-ffi examples/libcurl.ts https://example.org/ https://example.com/
 *     bun examples/libcurl.ts https://example.org/ https://example.com/
 *     node examples/libcurl.ts https://example.org/ https://example.com/
 *
 * It needs libcurl, on Debian the package libcurl4. It doesn't need --allow-net, because it doesn't
 * use Deno's own network functions.
 */

import { Buffer } from "node:buffer";
import process from "node:process";
import { ClosedResourceError, type FdWatch, watch } from "@fdready/fdready";
import { readCommandLine } from "./support/command_line.ts";
import {
  CURL_CSELECT_IN,
  CURL_CSELECT_OUT,
  CURL_POLL_IN,
  CURL_POLL_OUT,
  CURL_POLL_REMOVE,
  CURL_SOCKET_TIMEOUT,
  CURLINFO_RESPONSE_CODE,
  CURLM_OK,
  CURLMOPT_SOCKETFUNCTION,
  CURLMOPT_TIMERFUNCTION,
  CURLOPT_COPYPOSTFIELDS,
  CURLOPT_NOSIGNAL,
  CURLOPT_POSTFIELDSIZE_LARGE,
  CURLOPT_PROTOCOLS,
  CURLOPT_URL,
  CURLOPT_WRITEDATA,
  CURLOPT_WRITEFUNCTION,
  CURLPROTO_HTTP_HTTPS,
  libcurl,
  socketFunction,
  timerFunction,
  writeFunction,
} from "./support/libcurl.ts";
import { bytesAt, cString, openCallback, stringAt } from "./support/library.ts";

const usage = `
deno run --allow-ffi examples/libcurl.ts <urls...>
bun examples/libcurl.ts <urls...>
node examples/libcurl.ts <urls...>

Fetches all URLs at once, and prints the status and the length of each response.
`;

/** A response. */
export interface Answer {
  /** The HTTP status, such as 200. */
  readonly status: number;
  readonly body: Uint8Array;
}

export interface FetchOptions {
  /** The data to send with POST. The default method is GET. */
  readonly body?: Uint8Array;
  /** Ends the transfer when it aborts. */
  readonly signal?: AbortSignal;
}

/** An error from libcurl. */
export class CurlError extends Error {
  override readonly name = "CurlError";
}

/** A pending request. */
interface Transfer {
  readonly chunks: Uint8Array[];
  readonly end: PromiseWithResolvers<Answer>;
}

/** Any number of transfers at a time. libcurl keeps their connections for later transfers. */
export class Curl implements Disposable {
  #multi: bigint;
  readonly #watches = new Map<number, FdWatch>();
  /** The transfers, by their handles. */
  readonly #transfers = new Map<bigint, Transfer>();
  readonly #callbacks = new DisposableStack();
  readonly #onData: bigint;
  readonly #running = new Int32Array(1);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const { curl_multi_init, curl_multi_setopt } = libcurl();
    this.#multi = curl_multi_init();
    if (this.#multi === 0n) throw new CurlError("libcurl is out of memory");
    const onSocket = openCallback(socketFunction, (_easy, fd, what) => this.#watch(fd, what));
    const onTimer = openCallback(timerFunction, (_multi, ms) => this.#startTimer(Number(ms)));
    const onData = openCallback(writeFunction, (data, size, count, easy) => {
      const bytes = bytesAt(libcurl(), data, Number(size * count));
      this.#transfers.get(easy)!.chunks.push(bytes);
      return size * count;
    });
    for (const callback of [onSocket, onTimer, onData]) this.#callbacks.use(callback);
    this.#onData = onData.address;
    curl_multi_setopt(this.#multi, CURLMOPT_SOCKETFUNCTION, onSocket.address);
    curl_multi_setopt(this.#multi, CURLMOPT_TIMERFUNCTION, onTimer.address);
  }

  /** Fetches `url`, with HTTP or HTTPS. */
  async fetch(url: string, { body, signal }: FetchOptions = {}): Promise<Answer> {
    signal?.throwIfAborted();
    const { curl_easy_init, curl_multi_add_handle, setBytes, setNumber } = libcurl();
    const address = cString(url);
    if (this.#multi === 0n) throw closedError();
    const easy = curl_easy_init();
    setBytes(easy, CURLOPT_URL, address);
    setNumber(easy, CURLOPT_PROTOCOLS, CURLPROTO_HTTP_HTTPS);
    setNumber(easy, CURLOPT_NOSIGNAL, 1n);
    setNumber(easy, CURLOPT_WRITEFUNCTION, this.#onData);
    setNumber(easy, CURLOPT_WRITEDATA, easy);
    if (body !== undefined) {
      setNumber(easy, CURLOPT_POSTFIELDSIZE_LARGE, BigInt(body.length));
      setBytes(easy, CURLOPT_COPYPOSTFIELDS, body.length === 0 ? cString("") : body);
    }
    const end = Promise.withResolvers<Answer>();
    this.#transfers.set(easy, { chunks: [], end });
    const onAbort = () => {
      if (this.#remove(easy) !== undefined) end.reject(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort);
    try {
      checkMulti(curl_multi_add_handle(this.#multi, easy)); // starts the timer
      return await end.promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#remove(easy);
    }
  }

  /** Ends pending transfers with a `ClosedResourceError`. Idempotent. */
  close(): void {
    if (this.#multi === 0n) return;
    for (const easy of [...this.#transfers.keys()]) this.#remove(easy)!.end.reject(closedError());
    // It calls the callbacks for each connection that it closes.
    libcurl().curl_multi_cleanup(this.#multi);
    this.#multi = 0n;
    clearTimeout(this.#timer);
    this.#callbacks.dispose();
  }

  /** Ends pending transfers, as `close` does. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * libcurl calls this when its interest in a socket changes, often within a call for that socket.
   */
  #watch(fd: number, what: number): number {
    const interest = {
      readable: (what & CURL_POLL_IN) !== 0,
      writable: (what & CURL_POLL_OUT) !== 0,
    };
    try {
      if (what === CURL_POLL_REMOVE) {
        this.#watches.get(fd)?.close();
        this.#watches.delete(fd);
      } else if (this.#watches.has(fd)) {
        this.#watches.get(fd)!.interest(interest);
      } else {
        const watched = watch(
          fd,
          interest,
          ({ readable, writable }) =>
            this.#act(fd, (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0)),
        );
        this.#watches.set(fd, watched);
      }
      return 0;
    } catch (error) {
      console.error(error);
      return -1; // ends all transfers
    }
  }

  #startTimer(milliseconds: number): number {
    clearTimeout(this.#timer);
    if (milliseconds >= 0) {
      this.#timer = setTimeout(() => this.#act(CURL_SOCKET_TIMEOUT, 0), milliseconds);
    }
    return 0;
  }

  /** Lets libcurl continue, and completes the transfers that have ended. */
  #act(fd: number, events: number): void {
    const { curl_multi_socket_action, curl_multi_info_read } = libcurl();
    checkMulti(curl_multi_socket_action(this.#multi, fd, events, this.#running));
    const left = new Int32Array(1);
    for (let message; (message = curl_multi_info_read(this.#multi, left)) !== 0n;) {
      // CURLMsg: CURLMSG msg; CURL *easy; CURLcode result
      const struct = new DataView(bytesAt(libcurl(), message, 24).buffer);
      this.#end(struct.getBigUint64(8, true), struct.getInt32(16, true));
    }
  }

  #end(easy: bigint, code: number): void {
    const { chunks, end } = this.#transfers.get(easy)!;
    const status = new BigInt64Array(1); // long
    libcurl().curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, status);
    this.#remove(easy);
    if (code === 0) end.resolve({ status: Number(status[0]), body: Buffer.concat(chunks) });
    else end.reject(new CurlError(stringAt(libcurl(), libcurl().curl_easy_strerror(code))));
  }

  /** Frees a transfer's handle. Returns the transfer, unless that was done before. */
  #remove(easy: bigint): Transfer | undefined {
    const transfer = this.#transfers.get(easy);
    if (transfer === undefined) return undefined;
    libcurl().curl_multi_remove_handle(this.#multi, easy);
    libcurl().curl_easy_cleanup(easy);
    this.#transfers.delete(easy);
    return transfer;
  }
}

function checkMulti(code: number): void {
  if (code === CURLM_OK) return;
  throw new CurlError(stringAt(libcurl(), libcurl().curl_multi_strerror(code)));
}

function closedError(): ClosedResourceError {
  return new ClosedResourceError("All transfers have been ended");
}

if (import.meta.main) {
  const { positionals: urls } = readCommandLine(usage, {}, { least: 1, most: Infinity });
  using curl = new Curl();
  await Promise.all(urls.map(async (url) => {
    try {
      const { status, body } = await curl.fetch(url);
      console.log(`${url}: ${status}, ${body.length} bytes`);
    } catch (error) {
      if (!(error instanceof CurlError)) throw error;
      console.error(`${url}: ${error.message}`);
      process.exitCode = 1;
    }
  }));
}
