import type { EdgeTokenSource } from "./edge_token.ts";

/** Seconds from 1601, where Windows begins to count, to 1970. */
const EPOCH_S = 11_644_473_600n;
/** How long one token holds, in s. */
const WINDOW_S = 300n;
/** Windows counts in 100 ns. */
const TICKS_PER_S = 10_000_000n;

/** The first kind: a hash of five minutes of time, in ticks of Windows, and the token that all of Edge has. */
export const edgeTokenV1: EdgeTokenSource = {
  token: async (unixMs, clientToken) => {
    const seconds = BigInt(Math.floor(unixMs / 1_000)) + EPOCH_S;
    const ticks = (seconds - seconds % WINDOW_S) * TICKS_PER_S;
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${ticks}${clientToken}`));
    return new Uint8Array(hash).toHex().toUpperCase();
  },
};
