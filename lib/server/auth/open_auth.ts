import { join } from "node:path";
import { EarshotError } from "../../errors/mod.ts";
import type { Clock, Scope } from "../../lifecycle/mod.ts";
import { readSecret, rememberSecret } from "../../secrets/mod.ts";
import type { AuthConfig } from "./config.ts";
import { DeviceFiles } from "./device_files.ts";
import { DeviceRegistry } from "./device_registry.ts";
import type { AuthParts } from "./gatekeeper.ts";
import { newSecret, TokenKeys } from "./token_keys.ts";

/** Options of {@linkcode openAuth}. */
export interface OpenAuthOptions {
  /** The checked `auth` block. */
  readonly config: AuthConfig;
  /** The data directory; everything is in `auth` below it. */
  readonly data: string;
  /** Owns what follows the files. */
  readonly scope: Scope;
  /** The time source. */
  readonly clock: Clock;
  /** Told when the files cannot be read or written any more. Must not throw. */
  readonly onError: (error: EarshotError) => void;
}

/** Where `auth` keeps what it keeps. */
export function authDir(data: string): string {
  return join(data, "auth");
}

/** Reads which devices may connect, and follows what the command line changes. Rejects with `config.secret` or `auth.*`. */
export async function openAuth({ config, data, scope, clock, onError }: OpenAuthOptions): Promise<AuthParts> {
  const adminToken = config.adminToken && await readSecret("auth.adminToken", config.adminToken);
  const operatorToken = newSecret();
  rememberSecret(operatorToken);
  if (!config.required) return { adminToken, operatorToken };
  const dir = authDir(data);
  const keys = await TokenKeys.open({ dir, source: config.keys });
  const registry = await DeviceRegistry.open({
    files: new DeviceFiles(dir),
    scope,
    clock,
    wallMs: Date.now,
    maxPending: config.maxPending,
    onError,
    onLook: () => keys.refresh(),
  });
  return { adminToken, operatorToken, devices: { registry, keys } };
}
