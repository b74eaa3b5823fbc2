/** How long a socket works, in ms, before other tasks run. */
export const maxTurnTime = 2;
