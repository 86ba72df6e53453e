import { EarshotError } from "../errors/mod.ts";
import type { SecretSource } from "./config.ts";
import { rememberSecret } from "./known_secrets.ts";
import { looksSecret } from "./looks_secret.ts";

/** The largest file that can be a secret, in bytes. */
const MAX_FILE_BYTES = 16_384;

/**
 * Reads a secret, without the white space around it. `key` is the config key that names it and all that an error says
 * of it; from now on {@linkcode withoutSecrets} removes it.
 *
 * @throws {EarshotError} `config.secret`
 */
export async function readSecret(key: string, source: SecretSource): Promise<string> {
  const secret = await read(key, source);
  rememberSecret(secret);
  return secret;
}

/**
 * Reads a secret that is shown to a service, which is one line of ASCII: what else is in it was copied along, and no
 * header can carry it.
 *
 * @throws {EarshotError} `config.secret`
 */
export async function readKey(key: string, source: SecretSource): Promise<string> {
  const secret = await readSecret(key, source);
  if (/^[\x20-\x7e]+$/.test(secret)) return secret;
  throw new EarshotError("config.secret", `Cannot use ${key}: it is not one line of ASCII, as every key is`);
}

async function read(key: string, source: SecretSource): Promise<string> {
  if ("env" in source) {
    const value = Deno.env.get(source.env)?.trim() ?? "";
    if (value !== "") return value;
    throw new EarshotError(
      "config.secret",
      `Cannot read ${key}: ${
        looksSecret(source.env)
          ? "env holds what looks like the secret itself, and not the NAME of an environment variable"
          : `the environment has no ${source.env}`
      }`,
    );
  }
  const { file } = source;
  let text: string;
  try {
    const { size, isFile } = await Deno.stat(file);
    if (!isFile || size > MAX_FILE_BYTES) throw new RangeError("not a small file");
    text = (await Deno.readTextFile(file)).trim();
  } catch (cause) {
    // The message of the system names the file, too.
    throw looksSecret(file)
      ? new EarshotError(
        "config.secret",
        `Cannot read ${key}: file holds what looks like the secret itself, and not the PATH of a file`,
      )
      : new EarshotError("config.secret", `Cannot read ${key}: no readable small file at ${file}`, { cause });
  }
  if (text === "") throw new EarshotError("config.secret", `Cannot read ${key}: ${file} is empty`);
  return text;
}
