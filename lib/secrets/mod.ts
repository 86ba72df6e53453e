/**
 * Secrets: a config names where one is, in the environment or in a file, and this reads it.
 *
 * @module
 */
export { readSecret, type SecretSource, secretSource } from "./secret_source.ts";
