/* Reads its standard input to the end. The argument is how many bytes that must be. */

#include "support.h"
#include <unistd.h>

int main(int argc, char **argv) {
  static char buffer[65536];
  usage_unless(argc == 2, "stream_read bytes");
  long total = 0;
  ssize_t count = checked(read(0, buffer, sizeof buffer), "read");
  int64_t start = nanoseconds();
  for (; count > 0; count = checked(read(0, buffer, sizeof buffer), "read")) total += count;
  if (total != atol(argv[1])) {
    fprintf(stderr, "got %ld bytes\n", total);
    return 1;
  }
  printf("{\"duration\":%.3f}\n", (nanoseconds() - start) / 1e6);
  return 0;
}
