/** The part of libsystemd, sd-bus, that `examples/sd_bus.ts` calls. */

import { type Functions, memorySymbols, openLibrary, type Signature } from "./library.ts";

const symbols = {
  ...memorySymbols,
  // int clock_gettime(clockid_t clockid, struct timespec *tp), of libc
  clock_gettime: { args: ["i32", "buffer"], returns: "i32" },
  // char *strerror(int errnum), of libc
  strerror: { args: ["i32"], returns: "address" },
  // int sd_bus_new(sd_bus **ret)
  sd_bus_new: { args: ["buffer"], returns: "i32" },
  // int sd_bus_set_address(sd_bus *bus, const char *address)
  sd_bus_set_address: { args: ["address", "buffer"], returns: "i32" },
  // int sd_bus_set_bus_client(sd_bus *bus, int b)
  sd_bus_set_bus_client: { args: ["address", "i32"], returns: "i32" },
  // int sd_bus_start(sd_bus *bus)
  sd_bus_start: { args: ["address"], returns: "i32" },
  // int sd_bus_get_fd(sd_bus *bus)
  sd_bus_get_fd: { args: ["address"], returns: "i32" },
  // int sd_bus_get_events(sd_bus *bus)
  sd_bus_get_events: { args: ["address"], returns: "i32" },
  // int sd_bus_get_timeout(sd_bus *bus, uint64_t *timeout_usec)
  sd_bus_get_timeout: { args: ["address", "buffer"], returns: "i32" },
  // int sd_bus_process(sd_bus *bus, sd_bus_message **r)
  sd_bus_process: { args: ["address", "address"], returns: "i32" },
  // sd_bus *sd_bus_flush_close_unref(sd_bus *bus)
  sd_bus_flush_close_unref: { args: ["address"], returns: "address" },
  // int sd_bus_request_name_async(sd_bus *bus, sd_bus_slot **ret_slot, const char *name,
  //     uint64_t flags, sd_bus_message_handler_t callback, void *userdata)
  sd_bus_request_name_async: {
    args: ["address", "address", "buffer", "address", "address", "address"],
    returns: "i32",
  },
  // int sd_bus_match_signal_async(sd_bus *bus, sd_bus_slot **ret_slot, const char *sender,
  //                               const char *path, const char *interface, const char *member,
  //                               sd_bus_message_handler_t callback,
  //                               sd_bus_message_handler_t install_callback, void *userdata)
  sd_bus_match_signal_async: {
    args: [
      "address",
      "address",
      "address",
      "address",
      "buffer",
      "buffer",
      "address",
      "address",
      "address",
    ],
    returns: "i32",
  },
  // int sd_bus_add_object(sd_bus *bus, sd_bus_slot **slot, const char *path,
  //                       sd_bus_message_handler_t callback, void *userdata)
  sd_bus_add_object: {
    args: ["address", "address", "buffer", "address", "address"],
    returns: "i32",
  },
  // int sd_bus_call_async(sd_bus *bus, sd_bus_slot **slot, sd_bus_message *m,
  //                       sd_bus_message_handler_t callback, void *userdata, uint64_t usec)
  sd_bus_call_async: {
    args: ["address", "address", "address", "address", "address", "address"],
    returns: "i32",
  },
  // int sd_bus_send(sd_bus *bus, sd_bus_message *m, uint64_t *cookie)
  sd_bus_send: { args: ["address", "address", "address"], returns: "i32" },
  // int sd_bus_emit_signal(sd_bus *bus, const char *path, const char *interface,
  //                        const char *member, const char *types, ...)
  sd_bus_emit_signal: {
    args: ["address", "buffer", "buffer", "buffer", "buffer", "buffer"],
    returns: "i32",
  },
  // int sd_bus_message_new_method_call(sd_bus *bus, sd_bus_message **m, const char *destination,
  //                                    const char *path, const char *interface, const char *member)
  sd_bus_message_new_method_call: {
    args: ["address", "buffer", "buffer", "buffer", "buffer", "buffer"],
    returns: "i32",
  },
  // int sd_bus_message_new_method_return(sd_bus_message *call, sd_bus_message **m)
  sd_bus_message_new_method_return: { args: ["address", "buffer"], returns: "i32" },
  // int sd_bus_message_is_method_call(sd_bus_message *m, const char *interface, const char *member)
  sd_bus_message_is_method_call: { args: ["address", "buffer", "buffer"], returns: "i32" },
  // int sd_bus_message_is_method_error(sd_bus_message *m, const char *name)
  sd_bus_message_is_method_error: { args: ["address", "address"], returns: "i32" },
  // const sd_bus_error *sd_bus_message_get_error(sd_bus_message *m)
  sd_bus_message_get_error: { args: ["address"], returns: "address" },
  // int sd_bus_message_append_basic(sd_bus_message *m, char type, const void *p)
  sd_bus_message_append_basic: { args: ["address", "i32", "buffer"], returns: "i32" },
  // int sd_bus_message_read_basic(sd_bus_message *m, char type, void *p)
  sd_bus_message_read_basic: { args: ["address", "i32", "buffer"], returns: "i32" },
  // sd_bus_message *sd_bus_message_unref(sd_bus_message *m)
  sd_bus_message_unref: { args: ["address"], returns: "address" },
} as const;

/** int handler(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) */
export const messageHandler = {
  args: ["address", "address", "address"],
  returns: "i32",
} as const satisfies Signature;

export const POLLIN = 1;
export const POLLOUT = 4;
export const CLOCK_MONOTONIC = 1;
/** The type "s" of D-Bus. */
export const SD_BUS_TYPE_STRING = 115;

let library: Functions<typeof symbols> | undefined;

/** libsystemd, opened at the first call. */
export function libsystemd(): Functions<typeof symbols> {
  return library ??= openLibrary("libsystemd.so.0", symbols);
}
