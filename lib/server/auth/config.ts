import { z } from "zod";
import { secretSource } from "../../secrets/mod.ts";
import { normalizeMac, readDeviceId } from "../../protocol/mod.ts";

/** The `auth` block of the config: which devices may connect. */
export const authConfig = z.strictObject({
  required: z.boolean().default(false)
    .describe(
      "whether a device must be approved; then it shows a code when it first asks, and waits until somebody " +
        "says earshot devices approve CODE",
    ),
  allowedDevices: z.array(
    z.string().trim().overwrite((id) => normalizeMac(id) ?? id)
      .refine((id) => readDeviceId(id) !== undefined, "give a Device-Id such as 02:00:00:aa:bb:cc"),
  ).max(1_000).default([])
    .describe("Device-Ids that may connect without approval and token; anybody can claim to be one of them"),
  tokenDays: z.int().min(1).max(3_650).default(30)
    .describe("how long a device's token is good, in days; it gets a new one whenever it starts"),
  keys: secretSource.optional()
    .describe(
      "where the keys are that sign tokens, one a line, as { file: PATH } or { env: NAME }: the first signs, all " +
        "of them count; without it they are made, inside the data directory",
    ),
  adminToken: secretSource.optional()
    .describe(
      "where the token is, as { file: PATH } or { env: NAME }, that lets other machines see /metrics and the " +
        "details of /healthz; without it only this machine sees them",
    ),
});

/** The `limits.auth` block of the config: the bounds on devices that are not approved. */
export const authLimits = z.strictObject({
  maxPending: z.int().min(1).max(10_000).default(256)
    .describe(
      "devices that may wait for approval; beyond it the oldest of the address that has most is dropped",
    ),
  maxPinned: z.int().min(1).max(100_000).default(10_000)
    .describe(
      "devices that are pinned by their Client-Id, without auth.required; beyond it the one that was seen longest ago " +
        "is dropped",
    ),
  maxFailuresPerMinute: z.int().min(1).max(100_000).default(30)
    .describe(
      "wrong tokens from one address in a minute; beyond it the address is refused with 429 for a while",
    ),
});

/** What the config says of it, limits included. */
export type AuthConfig = z.output<typeof authConfig> & z.output<typeof authLimits>;
