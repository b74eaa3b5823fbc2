/** The drivers of the test suite. */
export const driverNames = ["uring", "thread", "manual"] as const;

export type Driver = (typeof driverNames)[number];
