/**
 * `@std/async` where the JSR registry cannot be reached: the genuine modules out of `npm:deno-std`, typed.
 * It exports what this project uses, under std's own names and signatures, so that deleting the `links`
 * line in `deno.json` is the whole move to JSR.
 *
 * @module
 */

// @ts-types="./types/delay.d.ts"
export { delay } from "deno-std/async/delay.js";
// @ts-types="./types/retry.d.ts"
export { retry, RetryError } from "deno-std/async/retry.js";
