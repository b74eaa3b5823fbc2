/*
 * Sends one byte back and forth between two descriptors of an epoll instance. The argument is the
 * number of round trips.
 */

#include "support.h"
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int epoll;

static void arm(int fd, int operation) {
  struct epoll_event interest = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = fd};
  checked(epoll_ctl(epoll, operation, fd, &interest), "epoll_ctl");
}

static void pass_on(int fd) {
  char byte;
  checked(read(fd, &byte, 1), "read");
  checked(write(fd, &byte, 1), "write");
}

int main(int argc, char **argv) {
  usage_unless(argc == 2, "ping_pong_epoll round-trips");
  int round_trips = atoi(argv[1]);
  int ends[2];
  checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), "socketpair");
  epoll = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  arm(ends[0], EPOLL_CTL_ADD);
  arm(ends[1], EPOLL_CTL_ADD);

  int64_t cpu_start = clock_nanoseconds(CLOCK_PROCESS_CPUTIME_ID), start = nanoseconds();
  checked(write(ends[0], "x", 1), "write");
  for (int hops = 0; hops < 2 * round_trips; hops++) {
    struct epoll_event event;
    checked(epoll_wait(epoll, &event, 1, -1), "epoll_wait");
    pass_on(event.data.fd);
    arm(event.data.fd, EPOLL_CTL_MOD);
  }
  double elapsed = (nanoseconds() - start) / 1e3;
  double cpu = (clock_nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start) / 1e3;
  printf("{\"roundTrip\":%.4f,\"cpu\":%.4f}\n", elapsed / round_trips, cpu / round_trips);
  return 0;
}
