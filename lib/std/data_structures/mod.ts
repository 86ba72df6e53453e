/**
 * `@std/data-structures` where the JSR registry cannot be reached; see `../async/mod.ts` for the why.
 *
 * @module
 */

// @ts-types="./types/binary_heap.d.ts"
export { BinaryHeap } from "deno-std/data_structures/binary_heap.js";
// @ts-types="./types/deque.d.ts"
export { Deque } from "deno-std/data_structures/deque.js";
