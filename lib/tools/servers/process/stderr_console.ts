/**
 * Imported for its effect, first in the process of tool servers: its stdout carries messages, so what libraries print goes
 * to stderr.
 *
 * @module
 */
const { error } = globalThis.console;
Object.assign(globalThis.console, { log: error, info: error, debug: error, dir: error, table: error });
