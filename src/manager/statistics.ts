/** What {@linkcode EpollIOManager.statistics} tells. */
export interface EpollStatistics {
  /** Waits and watches for descriptors to be readable that are pending now. */
  readonly tasksWaitingRead: number;
  /** Waits for descriptors to be writable that are pending now. */
  readonly tasksWaitingWrite: number;
  /** Waits for exceptional conditions that are pending now. */
  readonly tasksWaitingPriority: number;
  /** Waits for the peers of descriptors to go away that are pending now. */
  readonly tasksWaitingHangup: number;
  /** Always `"epoll"`. */
  readonly backend: "epoll";
  /** The driver that runs the manager; with `"auto"`, the one that it uses now. */
  readonly driver: "uv" | "uring" | "thread" | "manual";
  /** Calls of `epoll_ctl(2)` so far. */
  readonly epollCtlCalls: number;
  /** Calls of `epoll_wait(2)` so far. */
  readonly epollWaitCalls: number;
  /** Events so far that belonged to a wait. */
  readonly events: number;
  /** Events so far that were dropped, since their registration had been replaced or forgotten. */
  readonly staleEvents: number;
  /** Forced wakeups seen so far. Those that come close together are seen as one. */
  readonly wakeups: number;
}
