/** The part of libcurl that `examples/libcurl.ts` calls. */

import { type Functions, memorySymbols, openLibrary, type Signature } from "./library.ts";

const symbols = {
  ...memorySymbols,
  // CURLM *curl_multi_init(void)
  curl_multi_init: { args: [], returns: "address" },
  // CURLMcode curl_multi_setopt(CURLM *multi, CURLMoption option, ...)
  curl_multi_setopt: { args: ["address", "i32", "address"], returns: "i32" },
  // CURLMcode curl_multi_add_handle(CURLM *multi, CURL *easy)
  curl_multi_add_handle: { args: ["address", "address"], returns: "i32" },
  // CURLMcode curl_multi_remove_handle(CURLM *multi, CURL *easy)
  curl_multi_remove_handle: { args: ["address", "address"], returns: "i32" },
  // CURLMcode curl_multi_socket_action(CURLM *multi, curl_socket_t s, int events, int *running)
  curl_multi_socket_action: { args: ["address", "i32", "i32", "buffer"], returns: "i32" },
  // CURLMsg *curl_multi_info_read(CURLM *multi, int *messages)
  curl_multi_info_read: { args: ["address", "buffer"], returns: "address" },
  // CURLMcode curl_multi_cleanup(CURLM *multi)
  curl_multi_cleanup: { args: ["address"], returns: "i32" },
  // const char *curl_multi_strerror(CURLMcode code)
  curl_multi_strerror: { args: ["i32"], returns: "address" },
  // CURL *curl_easy_init(void)
  curl_easy_init: { args: [], returns: "address" },
  // CURLcode curl_easy_getinfo(CURL *easy, CURLINFO info, ...)
  curl_easy_getinfo: { args: ["address", "i32", "buffer"], returns: "i32" },
  // void curl_easy_cleanup(CURL *easy)
  curl_easy_cleanup: { args: ["address"], returns: "void" },
  // const char *curl_easy_strerror(CURLcode code)
  curl_easy_strerror: { args: ["i32"], returns: "address" },
} as const;

/** The last argument of this function can be a number, an address, or JavaScript memory. */
const withBuffers = {
  // CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...)
  curl_easy_setopt: { args: ["address", "i32", "buffer"], returns: "i32" },
} as const;
const withAddresses = {
  curl_easy_setopt: { args: ["address", "i32", "address"], returns: "i32" },
} as const;

/** int socket_callback(CURL *easy, curl_socket_t s, int what, void *clientp, void *socketp) */
export const socketFunction = {
  args: ["address", "i32", "i32", "address", "address"],
  returns: "i32",
} as const satisfies Signature;

/** int timer_callback(CURLM *multi, long timeout_ms, void *clientp) */
export const timerFunction = {
  args: ["address", "i64", "address"],
  returns: "i32",
} as const satisfies Signature;

/** size_t write_callback(char *ptr, size_t size, size_t nmemb, void *userdata) */
export const writeFunction = {
  args: ["address", "address", "address", "address"],
  returns: "address",
} as const satisfies Signature;

export const CURLM_OK = 0;
export const CURLMOPT_SOCKETFUNCTION = 20001;
export const CURLMOPT_TIMERFUNCTION = 20004;
export const CURLOPT_WRITEDATA = 10001;
export const CURLOPT_URL = 10002;
export const CURLOPT_WRITEFUNCTION = 20011;
export const CURLOPT_PROTOCOLS = 181;
export const CURLOPT_NOSIGNAL = 99;
export const CURLOPT_POSTFIELDSIZE_LARGE = 30120;
export const CURLOPT_COPYPOSTFIELDS = 10165;
export const CURLINFO_RESPONSE_CODE = 0x200002;
export const CURLPROTO_HTTP_HTTPS = 3n;
export const CURL_SOCKET_TIMEOUT = -1;
export const CURL_POLL_IN = 1;
export const CURL_POLL_OUT = 2;
export const CURL_POLL_REMOVE = 4;
export const CURL_CSELECT_IN = 1;
export const CURL_CSELECT_OUT = 2;

type Libcurl = Functions<typeof symbols> & {
  readonly setBytes: Functions<typeof withBuffers>["curl_easy_setopt"];
  readonly setNumber: Functions<typeof withAddresses>["curl_easy_setopt"];
};

let library: Libcurl | undefined;

/** libcurl, opened at the first call. */
export function libcurl(): Libcurl {
  return library ??= {
    ...openLibrary("libcurl.so.4", symbols),
    setBytes: openLibrary("libcurl.so.4", withBuffers).curl_easy_setopt,
    setNumber: openLibrary("libcurl.so.4", withAddresses).curl_easy_setopt,
  };
}
