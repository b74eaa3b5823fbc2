/*
 * Runs two programs alternately, and reports the difference of the median times from start to end, in
 * ms. Their standard input is a pipe with a byte in it. The arguments are the number of pairs, the two
 * programs, and the command that runs each, without the program.
 */

#include "support.h"
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { warm_up = 2 };

static double run(char **command) {
  int ends[2];
  checked(pipe2(ends, O_CLOEXEC), "pipe2");
  checked(write(ends[1], "x", 1), "write");
  int64_t start = nanoseconds();
  pid_t child = checked(vfork(), "vfork");
  if (child == 0) {
    dup2(ends[0], STDIN_FILENO);
    execvp(command[0], command);
    _exit(127);
  }
  int status;
  checked(waitpid(child, &status, 0), "waitpid");
  double elapsed = (nanoseconds() - start) / 1e6;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fprintf(stderr, "%s failed, wait status %d\n", command[0], status);
    exit(1);
  }
  close(ends[0]);
  close(ends[1]);
  return elapsed;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  usage_unless(argc > 4, "start_pairs pairs empty-program program command...");
  int pairs = atoi(argv[1]), last = argc - 4;
  usage_unless(pairs > 0, "pairs from 1");
  char **command = calloc(argc, sizeof *command);
  memcpy(command, argv + 4, last * sizeof *command);
  double *times[2];
  for (int which = 0; which < 2; which++) times[which] = calloc(pairs, sizeof **times);
  for (int pair = -warm_up; pair < pairs; pair++) {
    for (int which = 0; which < 2; which++) {
      command[last] = argv[2 + which];
      double elapsed = run(command);
      if (pair >= 0) times[which][pair] = elapsed;
    }
  }
  for (int which = 0; which < 2; which++) qsort(times[which], pairs, sizeof **times, ascending);
  double empty = times[0][pairs / 2], whole = times[1][pairs / 2];
  printf("{\"more\":%.3f,\"whole\":%.3f,\"empty\":%.3f}\n", whole - empty, whole, empty);
  return 0;
}
