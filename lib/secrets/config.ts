import { z } from "zod";

/** Where a secret is. */
export type SecretSource = { readonly env: string } | { readonly file: string };

const environmentName = z.string().refine((name) => /^[A-Za-z_]\w*$/.test(name), {
  error: "give the NAME of an environment variable, without $, and not the secret itself",
});

/** Where a secret is: a config says that much and never the secret itself. */
export const secretSource: z.ZodType<SecretSource> = z.union([
  z.strictObject({ env: environmentName }),
  z.strictObject({ file: z.string().min(1) }),
]).meta({
  expected: "the place of the secret, and never the secret itself: write { env: NAME } or { file: PATH }",
});
