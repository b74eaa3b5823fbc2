/*
 * The writer of the stream and pty workloads: starts a reader whose standard input is one end of a pipe
 * or a pseudo-terminal, and writes to the other end, as cat would. The arguments are which of the two,
 * the number of bytes, and the reader with its arguments.
 */

#include "support.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { chunk_size = 128 * 1024 }; /* cat writes as much at a time */

/* Opens a terminal that passes bytes on unchanged: the reader's end, then the writer's. */
static void open_terminal(int ends[2]) {
  ends[1] = checked(posix_openpt(O_RDWR | O_NOCTTY), "posix_openpt");
  checked(grantpt(ends[1]), "grantpt");
  checked(unlockpt(ends[1]), "unlockpt");
  ends[0] = checked(open(ptsname(ends[1]), O_RDWR | O_NOCTTY), "open");
  struct termios termios;
  checked(tcgetattr(ends[0], &termios), "tcgetattr");
  cfmakeraw(&termios);
  checked(tcsetattr(ends[0], TCSANOW, &termios), "tcsetattr");
}

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
  usage_unless(argc > 3, "stream_writer pipe|pty bytes reader...");
  long left = atol(argv[2]);
  int terminal = strcmp(argv[1], "pty") == 0, ends[2];
  if (terminal) open_terminal(ends);
  else checked(pipe(ends), "pipe");
  pid_t reader = start_reader(ends, argv + 3);
  close(ends[0]);
  while (left > 0) {
    size_t size = left < chunk_size ? left : chunk_size;
    ssize_t written = write(ends[1], chunk, size);
    checked(written > 0 ? 0 : -1, "write");
    left -= written;
  }
  /* Closing a terminal would discard data that its reader hasn't read yet. */
  if (!terminal) close(ends[1]);
  int status;
  checked(waitpid(reader, &status, 0), "waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
