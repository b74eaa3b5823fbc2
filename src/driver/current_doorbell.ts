/** The doorbell in use, and the one that replaces it when it fails. */

import { SystemError } from "../ffi/errors.ts";
import type { Doorbell, DoorbellFactory, DoorbellListener, DoorbellName } from "./doorbell.ts";

/**
 * The only place that remembers whether the doorbell is armed, and whether it keeps the process
 * alive.
 *
 * A doorbell that worked a moment ago may fail later, since sandboxes change their rules and
 * kernels run out of memory. Then the next one takes over.
 */
export class CurrentDoorbell {
  readonly #fd: number;
  readonly #listener: DoorbellListener;
  /** The one in use, and those that are left. */
  #factories: readonly DoorbellFactory[];
  /** Undefined while none can be created, because there are no descriptors left. */
  #doorbell: Doorbell | undefined;
  #isArmed = false;
  #isRef = false;
  /** The closes of doorbells that were replaced. */
  readonly #replaced: Promise<void>[] = [];

  /**
   * Creates the first doorbell that works.
   *
   * @throws {SystemError} If none does: the error of the last one.
   */
  constructor(fd: number, listener: DoorbellListener, factories: readonly DoorbellFactory[]) {
    this.#fd = fd;
    this.#listener = listener;
    this.#factories = factories;
    while (this.#doorbell === undefined) {
      try {
        this.#doorbell = this.#create();
      } catch (error) {
        if (!(error instanceof SystemError) || !this.#dropFactory()) throw error;
      }
    }
  }

  get name(): DoorbellName {
    return this.#factories[0]!.name;
  }

  /** Whether it has yet to ring. */
  get isArmed(): boolean {
    return this.#isArmed;
  }

  /** Whether it is armed, and lets the process exit. */
  get isUnref(): boolean {
    return this.#isArmed && !this.#isRef;
  }

  /** Arms it, unless it is armed already. */
  arm(ref: boolean): void {
    if (this.#isArmed) return this.setRef(ref);
    this.#isArmed = true;
    this.#isRef = ref;
    try {
      this.#doorbell ??= this.#create();
      this.#doorbell.arm(ref);
    } catch (error) {
      this.#onFailure(error);
    }
  }

  /** Changes whether it keeps the process alive, if it is armed. */
  setRef(ref: boolean): void {
    if (!this.#isArmed || this.#isRef === ref) return;
    this.#isRef = ref;
    this.#doorbell?.setRef(ref);
  }

  /** Disarms it and lets the process exit. */
  disarm(): void {
    // A doorbell that has rung still keeps the process alive.
    if (!this.#isArmed && !this.#isRef) return;
    this.#isArmed = this.#isRef = false;
    try {
      this.#doorbell?.disarm();
    } catch (error) {
      this.#onFailure(error);
    }
  }

  onRegistered(fd: number): void {
    this.#doorbell?.onRegistered?.(fd);
  }

  onRefused(): boolean {
    return this.#doorbell?.onRefused?.() ?? false;
  }

  isInternal(fd: number): boolean {
    return this.#doorbell?.isInternal(fd) ?? false;
  }

  async close(): Promise<void> {
    this.#isArmed = this.#isRef = false;
    // Nothing replaces it any more.
    this.#factories = this.#factories.slice(0, 1);
    await Promise.all([this.#doorbell?.close(), ...this.#replaced]);
  }

  #create(): Doorbell {
    const factory = this.#factories[0]!;
    // A doorbell that was replaced may still ring or fail while it is being closed.
    return factory.createDoorbell(this.#fd, {
      onReady: () => {
        if (factory === this.#factories[0]) this.#onReady();
      },
      onFailure: (error) => {
        if (factory === this.#factories[0]) this.#onFailure(error);
      },
    });
  }

  #onReady(): void {
    this.#isArmed = false;
    this.#listener.onReady();
  }

  #onFailure(error: unknown): void {
    const wasArmed = this.#isArmed;
    this.#isArmed = false;
    if (this.#dropFactory()) {
      this.#closeReplaced();
      if (wasArmed) this.arm(this.#isRef);
    } else if (wasArmed) {
      this.disarm();
      this.#listener.onFailure(error);
    }
  }

  #closeReplaced(): void {
    const closed = this.#doorbell?.close();
    this.#doorbell = undefined;
    if (closed === undefined) return;
    // Its error is for the caller of close(), who may come later.
    closed.catch(() => {});
    this.#replaced.push(closed);
  }

  /** Makes the next factory the current one; false if there is none. */
  #dropFactory(): boolean {
    if (this.#factories.length === 1) return false;
    this.#factories = this.#factories.slice(1);
    return true;
  }
}
