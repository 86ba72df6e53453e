/**
 * `@std/text` where the JSR registry cannot be reached; see `../async/mod.ts` for the why.
 *
 * @module
 */

// @ts-types="./types/levenshtein_distance.d.ts"
export { levenshteinDistance } from "deno-std/text/levenshtein_distance.js";
