/* Reads standard input. The argument is the number of bytes. */

#include "support.h"
#include <unistd.h>

int main(int argc, char **argv) {
  static char buffer[65536];
  usage_unless(argc == 2, "stream_read bytes");
  long total = 0, expected = atol(argv[1]);
  int64_t start = 0, cpu_start = 0;
  while (total < expected) {
    ssize_t count = checked(read(0, buffer, sizeof buffer), "read");
    if (count == 0) {
      fprintf(stderr, "got %ld bytes\n", total);
      return 1;
    }
    if (total == 0) {
      start = nanoseconds();
      cpu_start = clock_nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    }
    total += count;
  }
  double duration = (nanoseconds() - start) / 1e6;
  double cpu = (clock_nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start) / 1e6;
  printf("{\"duration\":%.3f,\"cpu\":%.3f}\n", duration, cpu);
  return 0;
}
