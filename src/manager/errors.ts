/** Why a wait was refused or ended. */

/** Another wait for the same descriptor and direction is pending; it goes on unharmed. */
export class BusyResourceError extends Error {
  /** Made by this module; programs only catch it. */
  constructor(message: string) {
    super(message);
    this.name = "BusyResourceError";
  }
}

/** The descriptor was announced as closing, or the manager, stream or waiter has been closed. */
export class ClosedResourceError extends Error {
  /** Made by this module; programs only catch it. */
  constructor(message: string) {
    super(message);
    this.name = "ClosedResourceError";
  }
}
