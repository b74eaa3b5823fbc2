/*
 * The pipes workload with libevent. The arguments are the numbers of pipes, active ones, writes
 * and runs.
 */

#include "pipes.h"
#include <event2/event.h>

static struct event_base *base;

static void on_readable(evutil_socket_t fd, short what, void *index) {
  (void)fd, (void)what;
  pipes_on_readable((intptr_t)index);
}

static void turn(void) {
  checked(event_base_loop(base, EVLOOP_ONCE), "event_base_loop");
}

int main(int argc, char **argv) {
  pipes_open(argc, argv);
  base = event_base_new();
  for (intptr_t i = 0; i < pipe_count; i++) {
    void *index = (void *)i;
    struct event *event = event_new(base, pipes[i][0], EV_READ | EV_PERSIST, on_readable, index);
    checked(event_add(event, NULL), "event_add");
  }
  pipes_measure(turn);
  return 0;
}
