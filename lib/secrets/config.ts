import { z } from "zod";

/** Where a secret is. */
export type SecretSource = { readonly env: string } | { readonly file: string };

/** Where a secret is: a config says that much and never the secret itself. */
export const secretSource: z.ZodType<SecretSource> = z.union([
  z.strictObject({ env: z.string().regex(/^[A-Za-z_]\w*$/, "give the name of an environment variable") }),
  z.strictObject({ file: z.string().min(1) }),
]);
