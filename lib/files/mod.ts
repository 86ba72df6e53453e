/**
 * Files that are there as a whole or not at all.
 *
 * @module
 */
export { writeWhole, type WriteWholeOptions } from "./write_whole.ts";
