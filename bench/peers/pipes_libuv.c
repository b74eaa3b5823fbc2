/*
 * The pipes workload with libuv's uv_poll. The arguments are the numbers of pipes, active ones, writes
 * and runs.
 */

#include "pipes.h"
#include <uv.h>

static uv_loop_t *loop;

static void on_readable(uv_poll_t *handle, int status, int events) {
  (void)events;
  checked(status == 0 ? 0 : -1, "uv_poll");
  pipes_on_readable((intptr_t)handle->data);
}

static void turn(void) {
  uv_run(loop, UV_RUN_ONCE);
}

int main(int argc, char **argv) {
  pipes_open(argc, argv);
  loop = uv_default_loop();
  uv_poll_t *handles = calloc(pipe_count, sizeof *handles);
  for (intptr_t i = 0; i < pipe_count; i++) {
    handles[i].data = (void *)i;
    checked(uv_poll_init(loop, &handles[i], pipes[i][0]) == 0 ? 0 : -1, "uv_poll_init");
    checked(uv_poll_start(&handles[i], UV_READABLE, on_readable) == 0 ? 0 : -1, "uv_poll_start");
  }
  pipes_measure(turn);
  return 0;
}
