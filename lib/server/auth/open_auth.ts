import { join } from "node:path";
import { EarshotError } from "../../errors/mod.ts";
import type { Clock, Scope } from "../../lifecycle/mod.ts";
import { readSecret, rememberSecret } from "../../secrets/mod.ts";
import type { AuthConfig } from "./config.ts";
import { DeviceFiles } from "./device_files.ts";
import { DevicePins } from "./device_pins.ts";
import { DeviceRegistry } from "./device_registry.ts";
import type { AuthParts } from "./gatekeeper.ts";
import { PinFiles } from "./pin_files.ts";
import { PinKeeper } from "./pin_keeper.ts";
import { newSecret, TokenKeys } from "./token_keys.ts";

/** Options of {@linkcode openAuth}. */
export interface OpenAuthOptions {
  /** The checked `auth` block. */
  readonly config: AuthConfig;
  /** The data directory; everything is in `auth` below it. */
  readonly data: string;
  /** Whether every device is trusted that is let in, so that none has to be pinned. Default: no. */
  readonly trustsAll?: boolean;
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
export async function openAuth(options: OpenAuthOptions): Promise<AuthParts> {
  const { config, data, trustsAll = false, scope, clock, onError } = options;
  const adminToken = config.adminToken && await readSecret("auth.adminToken", config.adminToken);
  const operatorToken = newSecret();
  rememberSecret(operatorToken);
  const dir = authDir(data);
  const files = new DeviceFiles(dir);
  if (!config.required) {
    if (trustsAll) return { adminToken, operatorToken };
    const pins = new DevicePins({ maxPinned: config.maxPinned, wallMs: Date.now, kept: true });
    const kept = { pins, files: new PinFiles(dir), approvals: files };
    const keeper = await PinKeeper.open({ ...kept, scope, clock, wallMs: Date.now, onError });
    return { adminToken, operatorToken, pins: { table: pins, keeper } };
  }
  const keys = await TokenKeys.open({ dir, source: config.keys });
  const registry = await DeviceRegistry.open({
    files,
    scope,
    clock,
    wallMs: Date.now,
    maxPending: config.maxPending,
    onError,
    onLook: () => keys.refresh(),
  });
  return { adminToken, operatorToken, devices: { registry, keys } };
}
