/** What one `epoll_wait` reported. */

import type { EpollEventLayout } from "../ffi/epoll_event.ts";

/** One event: a descriptor and the `EPOLL*` flags that hold for it. */
export interface EpollEvent {
  /** The descriptor, by the number under which it was waited for. */
  readonly fd: number;
  /** The flags, combined by `|`. */
  readonly events: number;
}

/**
 * The events that {@linkcode EpollIOManager.getEvents} found, in the order in which the kernel
 * reported them, to be handed to {@linkcode EpollIOManager.processEvents}. A manager uses the same
 * list for every call.
 */
export interface EventList extends Iterable<EpollEvent> {
  /** How many events there are. 0 only if the timeout expired or a signal cut the wait short. */
  readonly length: number;
}

/** Events at a time. What doesn't fit is reported by the next call. */
const capacity = 1024;

/** An {@linkcode EventList} as the kernel writes it. */
export class EventBuffer implements EventList {
  /** `struct epoll_event[]`, with room for one more than `epoll_wait` is told of. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** How many `epoll_wait` can put there. */
  readonly capacity: number = capacity;
  readonly layout: EpollEventLayout;
  length = 0;

  constructor(layout: EpollEventLayout) {
    this.layout = layout;
    this.words = new Uint32Array((capacity + 1) * layout.stride);
  }

  /** The descriptor of event `index`. */
  fd(index: number): number {
    return this.words[index * this.layout.stride + this.layout.fd]!;
  }

  /** The flags of event `index`. */
  events(index: number): number {
    return this.words[index * this.layout.stride]!;
  }

  /** The generation of the registration that event `index` comes from. */
  generation(index: number): number {
    return this.words[index * this.layout.stride + this.layout.generation]!;
  }

  /** Adds an event that the kernel doesn't report again. */
  push(events: number, fd: number, generation: number): void {
    writeEvent(this.words, this.length++, this.layout, events, fd, generation);
  }

  *[Symbol.iterator](): IterableIterator<EpollEvent> {
    for (let index = 0; index < this.length; index++) {
      yield { fd: this.fd(index), events: this.events(index) };
    }
  }
}

/** Writes event `index` of a `struct epoll_event[]`. */
export function writeEvent(
  words: Uint32Array,
  index: number,
  layout: EpollEventLayout,
  events: number,
  fd: number,
  generation: number,
): void {
  const start = index * layout.stride;
  words[start] = events;
  words[start + layout.fd] = fd;
  words[start + layout.generation] = generation;
}
