/*
 * Creates pipes for a program that can't. It finds the ends of pipe i at 100 + 2i, for reading, and
 * 101 + 2i, for writing. The arguments are the number of pipes, and the program with its arguments.
 */

#include "support.h"
#include <fcntl.h>
#include <unistd.h>

enum { first_fd = 100 };

/* Moves `fd` to `number`, which is unused. */
static void move(int fd, int number) {
  if (fd == number) return;
  checked(dup2(fd, number), "dup2");
  close(fd);
}

int main(int argc, char **argv) {
  usage_unless(argc > 2, "pipes_launcher pipes program...");
  int count = atoi(argv[1]);
  /* Uses up the numbers below first, so that no pipe gets one of those or another one's. */
  int lowest = checked(dup(STDERR_FILENO), "dup");
  while (checked(dup(STDERR_FILENO), "dup") < first_fd - 1) continue;
  for (int i = 0; i < count; i++) {
    int ends[2];
    checked(pipe2(ends, O_NONBLOCK), "pipe2");
    move(ends[0], first_fd + 2 * i);
    move(ends[1], first_fd + 2 * i + 1);
  }
  for (int fd = lowest; fd < first_fd; fd++) close(fd);
  execvp(argv[2], argv + 2);
  return checked(-1, argv[2]);
}
