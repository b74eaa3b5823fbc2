/*
 * A thread wakes another one that blocks in epoll_wait, with an eventfd. The argument is the number
 * of wakeups.
 */

#include "support.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int eventfd_fd, wakeups;
static double per_call;
static atomic_int done;

static void wake(void) {
  uint64_t one = 1;
  checked(write(eventfd_fd, &one, sizeof one), "write");
}

static void *produce(void *unused) {
  int64_t start = nanoseconds();
  for (int i = 0; i < wakeups; i++) wake();
  per_call = (double)(nanoseconds() - start) / wakeups;
  done = 1;
  wake();
  return unused;
}

int main(int argc, char **argv) {
  usage_unless(argc == 2, "wake_eventfd wakeups");
  wakeups = atoi(argv[1]);
  int epoll = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  eventfd_fd = checked(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd");
  struct epoll_event interest = {.events = EPOLLIN | EPOLLET};
  checked(epoll_ctl(epoll, EPOLL_CTL_ADD, eventfd_fd, &interest), "epoll_ctl");

  int64_t start = nanoseconds();
  pthread_t producer;
  errno = pthread_create(&producer, NULL, produce, NULL);
  checked(errno == 0 ? 0 : -1, "pthread_create");
  int returns = 0;
  for (; !done; returns++) {
    struct epoll_event event;
    checked(epoll_wait(epoll, &event, 1, -1), "epoll_wait");
  }
  double per_wakeup = (double)(nanoseconds() - start) / wakeups;
  pthread_join(producer, NULL);
  printf("{\"perCall\":%.2f,\"perWakeup\":%.2f,\"returns\":%d}\n", per_call, per_wakeup, returns);
  return 0;
}
