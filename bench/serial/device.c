/*
 * The device of the serial benchmark: prints the path of its line, a pseudo-terminal, and echoes all
 * data except "S", to which it responds with a megabyte in lines of 50 bytes.
 */

#define _GNU_SOURCE
#include "../peers/support.h"
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

enum { line_size = 50, lines = 20000 };

static void write_all(int fd, const char *data, size_t size) {
  while (size > 0) {
    ssize_t count = write(fd, data, size);
    checked(count > 0 ? 0 : -1, "write");
    data += count;
    size -= count;
  }
}

int main(void) {
  static char text[line_size * lines], buffer[4096];
  checked(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
  int controller = checked(posix_openpt(O_RDWR | O_NOCTTY), "posix_openpt");
  checked(grantpt(controller), "grantpt");
  checked(unlockpt(controller), "unlockpt");
  /* Otherwise the line would hang up when no program has it open. */
  int terminal = checked(open(ptsname(controller), O_RDWR | O_NOCTTY), "open");
  struct termios termios;
  checked(tcgetattr(terminal, &termios), "tcgetattr");
  cfmakeraw(&termios);
  checked(tcsetattr(terminal, TCSANOW, &termios), "tcsetattr");
  printf("%s\n", ptsname(controller));
  fflush(stdout);
  for (int at = 0; at < lines; at++) {
    memset(text + at * line_size, 'x', line_size - 1);
    text[at * line_size + line_size - 1] = '\n';
  }
  for (;;) {
    ssize_t count = read(controller, buffer, sizeof buffer);
    checked(count > 0 ? 0 : -1, "read");
    if (count == 1 && buffer[0] == 'S') write_all(controller, text, sizeof text);
    else write_all(controller, buffer, count);
  }
}
