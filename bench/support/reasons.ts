/** Why limits are missed, as far as that is known. */

import type { Reasons } from "./verdicts.ts";

/** Written by hand, a sentence for each limit's text. It isn't shown while the limit is met. */
export const reasons: Reasons = {};
