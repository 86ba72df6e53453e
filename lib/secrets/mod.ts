/**
 * Secrets: a config names where one is, in the environment or in a file, and this reads it.
 *
 * @module
 */
export { type SecretSource, secretSource } from "./config.ts";
export { readSecret } from "./read_secret.ts";
