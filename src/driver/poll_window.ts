/**
 * The time to poll after an event.
 *
 * Polling pays off if the next event comes soon. Otherwise it only burns CPU time. So the time
 * adapts, as KVM's `halt_poll_ns` does: it grows with each event that polling catches, or would
 * have caught, and is zero after an event that came later.
 */

/** How often the time can be doubled, starting with a quarter of the longest one. */
const maxLevel = 3;

/**
 * In ms: an event that comes so soon after the last one makes polling from microtasks worth while,
 * which takes no time, even if the longest time to poll is 0.
 */
const soon = 0.02;

/**
 * On a busy machine the doorbell itself is late. So if an event seems to have come a little too
 * late, in ms, every eighth one is taken for one that polling would have caught.
 */
const late = 0.5;
const lateEventsBetweenTrials = 8;

/** Adapts the time to poll to the events that come. All times are in ms. */
export class PollWindow {
  readonly #max: number;
  #level = 0;
  #quietSince = 0;
  #asleepSince = 0;
  /** The shortest sleep so far, which is at least what the doorbell itself takes. */
  #latency = Infinity;
  #lateEvents = 0;

  /** Polls for up to `max`. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Whether polling has paid off lately. */
  get isOpen(): boolean {
    return this.#level > 0;
  }

  /** How long to poll. */
  get length(): number {
    return this.#level === 0 ? 0 : this.#max / 2 ** (maxLevel - this.#level);
  }

  /** Polling has found an event. */
  grow(): void {
    if (this.#level < maxLevel) this.#level++;
  }

  /** The driver goes to sleep at `time`. There has been no event since `quietSince`. */
  sleep(quietSince: number, time: number): void {
    this.#quietSince = quietSince;
    this.#asleepSince = time;
  }

  /** An event has ended the sleep. */
  wake(time: number): void {
    this.#latency = Math.min(this.#latency, time - this.#asleepSince);
    const quiet = time - this.#quietSince - this.#latency;
    const isTrial = quiet < late && ++this.#lateEvents % lateEventsBetweenTrials === 0;
    if (quiet < Math.max(this.#max, soon) || isTrial) this.grow();
    else this.#level = 0;
  }
}
