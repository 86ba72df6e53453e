import { z } from "zod";
import { EarshotError } from "../errors/mod.ts";

/** The largest file that can be a secret, in bytes. */
const MAX_FILE_BYTES = 16_384;

/** Where a secret is. */
export type SecretSource = { readonly env: string } | { readonly file: string };

/** Where a secret is: a config says that much and never the secret itself. */
export const secretSource: z.ZodType<SecretSource> = z.union([
  z.strictObject({ env: z.string().regex(/^[A-Za-z_]\w*$/, "give the name of an environment variable") }),
  z.strictObject({ file: z.string().min(1) }),
]);

/**
 * Reads a secret, without the white space around it. `key` is the config key that asked for it and all that an
 * error says of it.
 *
 * @throws {EarshotError} `config.secret`
 */
export async function readSecret(key: string, source: SecretSource): Promise<string> {
  if ("env" in source) {
    const value = Deno.env.get(source.env)?.trim() ?? "";
    if (value !== "") return value;
    throw new EarshotError("config.secret", `Cannot read ${key}: the environment has no ${source.env}`);
  }
  const { file } = source;
  let text: string;
  try {
    const { size, isFile } = await Deno.stat(file);
    if (!isFile || size > MAX_FILE_BYTES) throw new RangeError("not a small file");
    text = (await Deno.readTextFile(file)).trim();
  } catch (cause) {
    throw new EarshotError("config.secret", `Cannot read ${key}: no readable small file at ${file}`, {
      cause,
    });
  }
  if (text === "") throw new EarshotError("config.secret", `Cannot read ${key}: ${file} is empty`);
  return text;
}
