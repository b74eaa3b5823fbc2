/* Echoes what comes by fd 3: the least that C can do it with, epoll and EPOLLONESHOT. */

#include "support.h"
#include <sys/epoll.h>
#include <unistd.h>

enum { fd = 3 };

int main(void) {
  int epoll = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  struct epoll_event interest = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = fd};
  checked(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &interest), "epoll_ctl");
  for (;;) {
    struct epoll_event event;
    checked(epoll_wait(epoll, &event, 1, -1), "epoll_wait");
    char buffer[64];
    ssize_t count = read(fd, buffer, sizeof buffer);
    if (count == 0) return 0;
    checked(write(fd, buffer, checked(count, "read")), "write");
    checked(epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &interest), "epoll_ctl");
  }
}
