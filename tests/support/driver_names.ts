/** The drivers of the test suite. */
export const driverNames = ["uv", "uring", "thread", "manual"] as const;

export type Driver = (typeof driverNames)[number];
