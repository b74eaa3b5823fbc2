/*
 * The writer of the stream workload: starts a reader with one end of a pipe as its standard input
 * and writes to the other, as cat would. Arguments: how many bytes, the reader and what it takes.
 */

#include "support.h"
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { chunk_size = 128 * 1024 }; /* what cat writes at a time */

static pid_t start_reader(int ends[2], char **command) {
  pid_t reader = checked(fork(), "fork");
  if (reader != 0) return reader;
  checked(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
  checked(dup2(ends[0], STDIN_FILENO), "dup2");
  close(ends[0]);
  close(ends[1]);
  execvp(command[0], command);
  checked(-1, command[0]);
  return 0;
}

int main(int argc, char **argv) {
  static char chunk[chunk_size];
  usage_unless(argc > 2, "stream_writer bytes reader...");
  long left = atol(argv[1]);
  int ends[2];
  checked(pipe(ends), "pipe");
  pid_t reader = start_reader(ends, argv + 2);
  close(ends[0]);
  while (left > 0) {
    size_t size = left < chunk_size ? left : chunk_size;
    ssize_t written = write(ends[1], chunk, size);
    checked(written > 0 ? 0 : -1, "write");
    left -= written;
  }
  close(ends[1]);
  int status;
  checked(waitpid(reader, &status, 0), "waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
