/** The part of libzmq, ZeroMQ's C library, that `examples/zeromq.ts` calls. */

import { type Functions, memorySymbols, openLibrary } from "./library.ts";

const symbols = {
  ...memorySymbols,
  // void *zmq_ctx_new(void)
  zmq_ctx_new: { args: [], returns: "address" },
  // int zmq_ctx_term(void *context)
  zmq_ctx_term: { args: ["address"], returns: "i32" },
  // void *zmq_socket(void *context, int type)
  zmq_socket: { args: ["address", "i32"], returns: "address" },
  // int zmq_close(void *socket)
  zmq_close: { args: ["address"], returns: "i32" },
  // int zmq_bind(void *socket, const char *endpoint)
  zmq_bind: { args: ["address", "buffer"], returns: "i32" },
  // int zmq_connect(void *socket, const char *endpoint)
  zmq_connect: { args: ["address", "buffer"], returns: "i32" },
  // int zmq_getsockopt(void *socket, int option_name, void *option_value, size_t *option_len)
  zmq_getsockopt: { args: ["address", "i32", "buffer", "buffer"], returns: "i32" },
  // int zmq_setsockopt(void *socket, int option_name, const void *option_value, size_t option_len)
  zmq_setsockopt: { args: ["address", "i32", "buffer", "address"], returns: "i32" },
  // int zmq_send(void *socket, const void *buf, size_t len, int flags)
  zmq_send: { args: ["address", "buffer", "address", "i32"], returns: "i32" },
  // int zmq_msg_init(zmq_msg_t *msg)
  zmq_msg_init: { args: ["buffer"], returns: "i32" },
  // int zmq_msg_recv(zmq_msg_t *msg, void *socket, int flags)
  zmq_msg_recv: { args: ["buffer", "address", "i32"], returns: "i32" },
  // void *zmq_msg_data(zmq_msg_t *msg)
  zmq_msg_data: { args: ["buffer"], returns: "address" },
  // size_t zmq_msg_size(const zmq_msg_t *msg)
  zmq_msg_size: { args: ["buffer"], returns: "address" },
  // int zmq_msg_close(zmq_msg_t *msg)
  zmq_msg_close: { args: ["buffer"], returns: "i32" },
  // int zmq_errno(void)
  zmq_errno: { args: [], returns: "i32" },
  // const char *zmq_strerror(int errnum)
  zmq_strerror: { args: ["i32"], returns: "address" },
} as const;

/**
 * The socket types of the example. An XPUB is a PUB that also receives subscriptions. A publisher
 * that waits for one doesn't publish before there is a subscriber.
 */
export const ZMQ_TYPES = { SUB: 2, REQ: 3, REP: 4, XPUB: 9 } as const;

export const ZMQ_SUBSCRIBE = 6;
export const ZMQ_FD = 14;
export const ZMQ_EVENTS = 15;
export const ZMQ_LINGER = 17;
export const ZMQ_POLLIN = 1;
export const ZMQ_POLLOUT = 2;
export const ZMQ_DONTWAIT = 1;
export const EINTR = 4;
export const EAGAIN = 11;

let library: Functions<typeof symbols> | undefined;

/** libzmq, opened at the first call. */
export function libzmq(): Functions<typeof symbols> {
  return library ??= openLibrary("libzmq.so.5", symbols);
}
