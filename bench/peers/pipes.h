/*
 * libevent's classic benchmark, except the waits for the pipes. Of n pipes, a get one byte each. The
 * reader of a byte writes one to the next pipe, w times in total. A run ends when all bytes have been
 * read.
 */

#ifndef PIPES_H
#define PIPES_H

#include "support.h"
#include <fcntl.h>
#include <unistd.h>

static int pipe_count, active_count, write_count, run_count;
static int (*pipes)[2];
static int writes_left, written, seen;

/* Reads the arguments and creates the pipes. */
static void pipes_open(int argc, char **argv) {
  usage_unless(argc == 5, "pipes_... pipes active writes runs");
  pipe_count = atoi(argv[1]);
  active_count = atoi(argv[2]);
  write_count = atoi(argv[3]);
  run_count = atoi(argv[4]);
  usage_unless(active_count > 0 && active_count <= pipe_count, "0 < active <= pipes");
  pipes = calloc(pipe_count, sizeof *pipes);
  for (int i = 0; i < pipe_count; i++) {
    checked(pipe2(pipes[i], O_NONBLOCK | O_CLOEXEC), "pipe2");
  }
}

static void pipes_write(int index) {
  checked(write(pipes[index % pipe_count][1], "e", 1), "write");
  written++;
}

/* Pipe `index` is readable. */
static void pipes_on_readable(int index) {
  char byte;
  checked(read(pipes[index][0], &byte, 1), "read");
  seen++;
  if (writes_left > 0) {
    writes_left--;
    pipes_write(index + 1);
  }
}

/* Makes all runs, and prints the time of each. `turn` is one event loop turn. */
static void pipes_measure(void (*turn)(void)) {
  int space = pipe_count / active_count;
  printf("{\"runs\":[");
  for (int run = 0; run < run_count; run++) {
    written = seen = 0;
    writes_left = write_count;
    for (int i = 0; i < active_count; i++) pipes_write(i * space);
    int64_t start = nanoseconds();
    while (seen < written) turn();
    double microseconds = (nanoseconds() - start) / 1e3;
    printf("%s%.4f", run == 0 ? "" : ",", microseconds / seen);
  }
  printf("]}\n");
}

#endif
