/*
 * The client of the echo workloads. It creates a Unix socketpair and starts the server with one end as
 * fd 3. It sends one byte at a time, and measures the time until the byte is back, in µs, and the CPU
 * time of all threads of the server.
 *
 * The server must end at the end of its input. It is killed if it doesn't, or if this process dies.
 */

#include "support.h"
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { server_fd = 3, answer_seconds = 10, ending_seconds = 5 };

static void bind_to(int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu, &cpus);
  checked(sched_setaffinity(0, sizeof cpus, &cpus), "sched_setaffinity");
}

static pid_t start_server(int ends[2], char **command) {
  pid_t server = checked(fork(), "fork");
  if (server != 0) return server;
  bind_to(0);
  checked(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
  /* dup2 clears the close-on-exec flag, but does nothing if the number is right already. */
  if (ends[1] == server_fd) {
    checked(fcntl(server_fd, F_SETFD, 0), "fcntl");
  } else {
    checked(dup2(ends[1], server_fd), "dup2");
  }
  execvp(command[0], command);
  checked(-1, command[0]);
  return 0;
}

static void end_server(pid_t server) {
  for (int waited = 0; waited < ending_seconds * 100; waited++) {
    int status;
    if (checked(waitpid(server, &status, WNOHANG), "waitpid") == server) {
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
      fprintf(stderr, "the server failed, wait status %d\n", status);
      exit(1);
    }
    usleep(10000);
  }
  kill(server, SIGKILL);
  fprintf(stderr, "the server didn't end at the end of its input\n");
  exit(1);
}

static double round_trip(int fd, int quiet) {
  char byte = 'x';
  if (quiet > 0) usleep(quiet);
  int64_t start = nanoseconds();
  if (checked(write(fd, &byte, 1), "write") != 1 || checked(read(fd, &byte, 1), "read") != 1) {
    fprintf(stderr, "the server has gone\n");
    exit(1);
  }
  return (nanoseconds() - start) / 1e3;
}

/* The clock of `server`'s CPU time. */
static clockid_t cpu_clock(pid_t server) {
  clockid_t clock;
  errno = clock_getcpuclockid(server, &clock);
  checked(errno == 0 ? 0 : -1, "clock_getcpuclockid");
  return clock;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  usage_unless(argc > 5, "echo_client warm-up round-trips quiet-microseconds cores server...");
  int warm_up = atoi(argv[1]), count = atoi(argv[2]), quiet = atoi(argv[3]);
  int cores = atoi(argv[4]);
  usage_unless(warm_up >= 0 && count > 0 && quiet >= 0, "numbers from 0");
  usage_unless(cores == 1 || cores == 2, "one core for both or one for each");

  int ends[2];
  checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
  /* Only the server's end, because the ends are different open files. */
  checked(fcntl(ends[1], F_SETFL, O_NONBLOCK), "fcntl");
  struct timeval patience = {.tv_sec = answer_seconds};
  checked(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), "setsockopt");
  pid_t server = start_server(ends, argv + 5);
  bind_to(cores - 1);
  close(ends[1]);

  double *times = calloc(count, sizeof *times);
  /* With pauses, too. Otherwise the runtimes' compilers would be busy with the path of an idle
   * event while it is measured. */
  for (int i = 0; i < warm_up; i++) round_trip(ends[0], quiet);
  clockid_t clock = cpu_clock(server);
  int64_t cpu_start = clock_nanoseconds(clock);
  for (int i = 0; i < count; i++) times[i] = round_trip(ends[0], quiet);
  double cpu = (clock_nanoseconds(clock) - cpu_start) / 1e3 / count;
  close(ends[0]);
  end_server(server);

  qsort(times, count, sizeof *times, ascending);
  printf("{\"p50\":%.3f,\"p99\":%.3f,\"cpu\":%.3f}\n", times[count / 2],
         times[(int)(count * 0.99)], cpu);
  return 0;
}
