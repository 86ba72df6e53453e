/**
 * Secrets: a config names where one is, in the environment or in a file, and this reads it.
 *
 * @module
 */
export { type SecretSource, secretSource } from "./config.ts";
export { rememberSecret, withoutSecrets } from "./known_secrets.ts";
export { looksSecret } from "./looks_secret.ts";
export { readKey, readSecret } from "./read_secret.ts";
