import type { DriverName } from "../driver/driver.ts";

/** The result of {@linkcode EpollIOManager.statistics}. */
export interface EpollStatistics {
  /** Pending waits and watches for descriptors to be readable. */
  readonly tasksWaitingRead: number;
  /** Pending waits and watches for descriptors to be writable. */
  readonly tasksWaitingWrite: number;
  /** Pending waits and watches for exceptional conditions. */
  readonly tasksWaitingPriority: number;
  /** Pending waits and watches for hang-ups. */
  readonly tasksWaitingHangup: number;
  /** Always `"epoll"`. */
  readonly backend: "epoll";
  /** The driver that runs the manager. With `"auto"`, the one in use. */
  readonly driver: Exclude<DriverName, "auto">;
  /** Calls of `epoll_ctl(2)` so far. */
  readonly epollCtlCalls: number;
  /** Calls of `epoll_wait(2)` so far. */
  readonly epollWaitCalls: number;
  /** Events so far that belonged to a wait or a watch. */
  readonly events: number;
  /** Events so far that were dropped, because their registration had changed. */
  readonly staleEvents: number;
  /** Forced wakeups so far. Wakeups in quick succession count as one. */
  readonly wakeups: number;
}
