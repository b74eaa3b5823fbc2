/* The common part of the peers in C. */

#ifndef SUPPORT_H
#define SUPPORT_H

#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Returns `result`. If it is -1, ends the process with a message. */
static inline int checked(int result, const char *what) {
  if (result == -1) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
  }
  return result;
}

static inline void usage_unless(int condition, const char *usage) {
  if (condition) return;
  fprintf(stderr, "usage: %s\n", usage);
  exit(2);
}

/* The time of `clock`, in ns. */
static inline int64_t clock_nanoseconds(clockid_t clock) {
  struct timespec now;
  checked(clock_gettime(clock, &now), "clock_gettime");
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static inline int64_t nanoseconds(void) {
  return clock_nanoseconds(CLOCK_MONOTONIC);
}

#endif
