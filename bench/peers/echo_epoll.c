/*
 * Echoes data from fd 3 with little more than epoll and EPOLLONESHOT. The argument is how long it polls
 * after the last byte before it blocks, in µs. With a negative one it never blocks.
 */

#include "support.h"
#include <sys/epoll.h>
#include <unistd.h>

enum { fd = 3 };

static int epoll;

/* Waits for an event, and returns its time. */
static int64_t wait_for_event(int64_t last, int64_t busy) {
  struct epoll_event event;
  while (busy != 0) {
    int count = checked(epoll_wait(epoll, &event, 1, 0), "epoll_wait");
    int64_t now = nanoseconds();
    if (count > 0) return now;
    if (busy > 0 && now - last > busy) break;
  }
  checked(epoll_wait(epoll, &event, 1, -1), "epoll_wait");
  return busy == 0 ? 0 : nanoseconds();
}

int main(int argc, char **argv) {
  usage_unless(argc == 2, "echo_epoll busy-microseconds");
  int64_t busy = atoi(argv[1]) * INT64_C(1000), last = 0;
  epoll = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  struct epoll_event interest = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = fd};
  checked(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &interest), "epoll_ctl");
  for (;;) {
    last = wait_for_event(last, busy);
    char buffer[64];
    ssize_t count = read(fd, buffer, sizeof buffer);
    if (count == 0) return 0;
    checked(write(fd, buffer, checked(count, "read")), "write");
    checked(epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &interest), "epoll_ctl");
  }
}
