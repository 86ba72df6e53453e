/** The largest message of a server, in bytes; more is not read. */
export const MAX_MESSAGE_BYTES = 1_048_576;
/** How many calls of one server may be under way. */
export const MAX_CALLS = 32;
/** How long a call may take at most, whatever its caller waits, in ms. */
export const MAX_CALL_MS = 120_000;
