/*
 * The pipes workload with epoll and EPOLLONESHOT. The arguments are the numbers of pipes, active ones, writes
 * and runs.
 */

#include "pipes.h"
#include <sys/epoll.h>

enum { batch = 1024 };

static int epoll;

static void arm(int index, int operation) {
  struct epoll_event interest = {.events = EPOLLIN | EPOLLONESHOT, .data.u32 = index};
  checked(epoll_ctl(epoll, operation, pipes[index][0], &interest), "epoll_ctl");
}

static void turn(void) {
  struct epoll_event events[batch];
  int count = checked(epoll_wait(epoll, events, batch, -1), "epoll_wait");
  for (int i = 0; i < count; i++) {
    pipes_on_readable(events[i].data.u32);
    arm(events[i].data.u32, EPOLL_CTL_MOD);
  }
}

int main(int argc, char **argv) {
  pipes_open(argc, argv);
  epoll = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  for (int i = 0; i < pipe_count; i++) arm(i, EPOLL_CTL_ADD);
  pipes_measure(turn);
  return 0;
}
