/** What is known about one number: its waits and watches, and what the kernel has been told. */

import type { Claim } from "./claim.ts";
import { PlainWaiter } from "./waiter.ts";
import type { Watch } from "./watch.ts";

/**
 * One number's claims, each for directions of its own, and its entries in the kernel's dictionary. Most
 * numbers have one claim at a time, by somebody who gave no options. The registration itself is that
 * claim, so that there is one object for it rather than two. It then is the first of its claims, and so
 * the first that is told of an event, before any listener may have it begin anew.
 */
export class Registration extends PlainWaiter {
  /** The claims are a list: for the most part there is one. */
  first: Claim | undefined = undefined;
  /** The events that the claims want reported. */
  wanted = 0;
  /** The events that the kernel will report; 0 once it has reported, since it does so once. */
  armed = 0;
  /** Tells the entry that is armed from all earlier ones; 0 is never armed. */
  generation = 0;
  /** How many entries the kernel may have under this number, each for another open file. */
  entries = 0;
  /** Listeners are being called, after which it is armed anew. */
  dispatching = false;

  /** Adds `claim`, whose directions nobody holds. */
  enter(claim: Claim): void {
    let last = this.first;
    while (last?.next !== undefined) last = last.next;
    if (last === undefined) this.first = claim;
    else last.next = claim;
    this.wanted |= claim.events;
  }

  /** Has `claim`, which is here, hold `events` from now on, which nobody else holds. */
  alter(claim: Watch, events: number): void {
    this.wanted = (this.wanted & ~claim.events) | events;
    claim.events = events;
  }

  /** Removes `claim`; returns whether it was there. */
  leave(claim: Claim): boolean {
    if (this.first === claim) {
      this.first = claim.next;
    } else {
      let before = this.first;
      while (before !== undefined && before.next !== claim) before = before.next;
      if (before === undefined) return false;
      before.next = claim.next;
    }
    claim.next = undefined;
    this.wanted &= ~claim.events;
    return true;
  }

  /** All claims, as they are now, in the order in which they came. */
  claims(): Claim[] {
    const claims: Claim[] = [];
    for (let claim = this.first; claim !== undefined; claim = claim.next) claims.push(claim);
    return claims;
  }
}
