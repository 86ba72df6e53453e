/** How many calls of one answer are taken. */
export const MAX_CALLS = 64;

/** How much they may be together, in bytes of UTF-8: their names, their arguments and what the service adds. */
export const MAX_CALL_BYTES = 65_536;
