/**
 * Imported for its effect, first in each thread of the engine process: stdout carries frames there, so what the
 * libraries print goes to stderr, which the parent logs.
 *
 * @module
 */
const { error } = globalThis.console;
Object.assign(globalThis.console, { log: error, info: error, debug: error, dir: error, table: error });
