import { join } from "node:path";
import { EarshotError } from "../../errors/mod.ts";
import { readSecret, type SecretSource } from "../../secrets/mod.ts";
import { writeSecretFile } from "./secret_file.ts";

/** The shortest key, in characters; what is made here has 43. */
const MIN_KEY_CHARS = 32;
/** How many keys may count at once: the new, the old, and some for a fleet of gateways. */
const MAX_KEYS = 8;
const KEY_BYTES = 32;

/** Options of {@linkcode TokenKeys.open} and {@linkcode rotateTokenKeys}. */
export interface TokenKeysOptions {
  /** The directory of what `auth` keeps. */
  readonly dir: string;
  /** Where the keys are; without it they are made, in a file inside `dir`. */
  readonly source?: SecretSource | undefined;
}

/** The keys that sign tokens: the first signs, all of them count. */
export class TokenKeys {
  readonly #source: SecretSource;
  #keys: readonly [string, ...string[]];

  private constructor(source: SecretSource, keys: readonly [string, ...string[]]) {
    this.#source = source;
    this.#keys = keys;
  }

  /**
   * Reads the keys, and makes one where none was ever made.
   *
   * @throws {EarshotError} `config.secret` or `auth.unwritable`
   */
  static async open({ dir, source }: TokenKeysOptions): Promise<TokenKeys> {
    const place = source ?? await ownFile(dir);
    return new TokenKeys(place, await readKeys(place));
  }

  /** The key that signs. */
  get signing(): string {
    return this.#keys[0];
  }

  /** Every key that counts. */
  get all(): readonly string[] {
    return this.#keys;
  }

  /** Reads them again, so that a running gateway follows a rotation. Rejects with `config.secret`; then the old stay. */
  async refresh(): Promise<void> {
    if ("file" in this.#source) this.#keys = await readKeys(this.#source);
  }
}

/**
 * Makes a new key that signs from now on. The one before it counts until the next rotation.
 *
 * @throws {EarshotError} `config.secret` where the config keeps the keys elsewhere, or `auth.unwritable`.
 */
export async function rotateTokenKeys({ dir, source }: TokenKeysOptions): Promise<void> {
  if (source !== undefined) {
    throw new EarshotError(
      "config.secret",
      "Cannot rotate the keys: auth.keys says that they are kept elsewhere; put a new one on the first line there",
    );
  }
  const place = await ownFile(dir);
  const [current] = await readKeys(place);
  await writeSecretFile(place.file, `${newSecret()}\n${current}\n`);
}

async function ownFile(dir: string): Promise<{ readonly file: string }> {
  const file = join(dir, "keys");
  try {
    await Deno.stat(file);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) {
      throw new EarshotError("config.secret", `Cannot read the keys of tokens: ${file}`, { cause: thrown });
    }
    await writeSecretFile(file, `${newSecret()}\n`, { onlyNew: true });
  }
  return { file };
}

async function readKeys(source: SecretSource): Promise<readonly [string, ...string[]]> {
  const text = await readSecret("auth.keys", source);
  const [first, ...others] = text.split(/\s+/);
  const keys = [first ?? "", ...others] as const;
  const short = keys.findIndex((key) => key.length < MIN_KEY_CHARS);
  if (short !== -1) {
    throw new EarshotError(
      "config.secret",
      `Cannot use auth.keys: key ${short + 1} has less than ${MIN_KEY_CHARS} characters`,
    );
  }
  if (keys.length > MAX_KEYS) {
    throw new EarshotError("config.secret", `Cannot use auth.keys: more than ${MAX_KEYS} keys`);
  }
  return keys;
}

/** A secret that nobody can guess. */
export function newSecret(): string {
  return crypto.getRandomValues(new Uint8Array(KEY_BYTES)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}
