import { EarshotError } from "../../errors/mod.ts";
import type { Clock } from "../../lifecycle/mod.ts";
import type { DeviceIdentity } from "../../protocol/mod.ts";
import { readDeviceId } from "../../protocol/mod.ts";
import { adminVerdict } from "./admin_access.ts";
import type { AuthConfig } from "./config.ts";
import type { DeviceIds } from "./device_files.ts";
import type { Applicant, DeviceRegistry } from "./device_registry.ts";
import { issueToken, verifyToken } from "./device_token.ts";
import { type OriginRules, requireOrigin } from "./origin.ts";
import { RateLimit } from "./rate_limit.ts";
import type { TokenKeys } from "./token_keys.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

/** What the gatekeeper decides with, as it was read before the first socket opened: `openAuth`. */
export interface AuthParts {
  /** There when `auth.required`: the approved devices, and the keys of their tokens. */
  readonly devices?: { readonly registry: DeviceRegistry; readonly keys: TokenKeys } | undefined;
  /** Lets other machines see what is inside. */
  readonly adminToken?: string | undefined;
}

/** Options of a {@linkcode Gatekeeper}. */
export interface GatekeeperOptions {
  /** The checked `auth` block. */
  readonly config: AuthConfig;
  /** What it decides with. */
  readonly parts: AuthParts;
  /** Which web pages may connect. */
  readonly origins: OriginRules;
  /** How often one address may connect in a minute. */
  readonly maxHandshakesPerMinute: number;
  /** The time source. */
  readonly clock: Clock;
  /** The time of day, in ms since 1970. */
  readonly wallMs: () => number;
}

/** A device that asks where its server is: it gets a token, or a code with which somebody can approve it. */
export type Welcome =
  | { readonly type: "token"; readonly token: string }
  | { readonly type: "code"; readonly code: string };

/**
 * Who is let in, decided before the upgrade. Addresses are those under which limits count; one that is exempt
 * has none.
 */
export class Gatekeeper {
  readonly #options: GatekeeperOptions;
  readonly #handshakes: RateLimit;
  readonly #failures: RateLimit;
  readonly #allowed: ReadonlySet<string>;

  /** Decides from now on. */
  constructor(options: GatekeeperOptions) {
    const { config, clock, maxHandshakesPerMinute, parts } = options;
    if (config.required && parts.devices === undefined) {
      throw new EarshotError("internal", "Cannot let devices in: the approved ones were not read");
    }
    this.#options = options;
    this.#handshakes = new RateLimit({ perMinute: maxHandshakesPerMinute, clock });
    this.#failures = new RateLimit({ perMinute: config.maxFailuresPerMinute, clock });
    this.#allowed = new Set(config.allowedDevices.map((id) => readDeviceId(id) ?? id));
  }

  /** Counts a request of an address. @throws {EarshotError} `server.rate_limited` */
  knock(address: string | undefined): void {
    if (address === undefined || this.#handshakes.take(address)) return;
    throw tooMany("it connects too often");
  }

  /** Lets a device open its socket; `knock` comes first. @throws {EarshotError} `auth.*` or `server.rate_limited` */
  letIn(
    request: Request,
    by: { readonly identity: DeviceIdentity; readonly address: string | undefined },
  ): void {
    const { identity, address } = by;
    requireOrigin(request.headers, this.#options.origins);
    const { devices } = this.#options.parts;
    if (devices === undefined || this.isAllowed(identity.deviceId)) return;
    this.#guard(address, () => this.#requireToken(identity, devices));
  }

  /** Learns what was approved or revoked a moment ago. Never rejects. */
  async catchUp(): Promise<void> {
    await this.#options.parts.devices?.registry.catchUp();
  }

  /** Lets an operator see what is inside. @throws {EarshotError} `auth.admin` or `server.rate_limited` */
  admin(request: Request, from: { readonly peer: string; readonly address: string | undefined }): void {
    const { parts: { adminToken: token }, origins: { names } } = this.#options;
    const verdict = adminVerdict(request, { peer: from.peer, token, names });
    if (verdict === "allowed") return;
    const refusal = new EarshotError(
      "auth.admin",
      "Cannot show this: only this machine or the admin token may",
    );
    if (verdict === "no_token") throw refusal;
    this.#guard(from.address, () => {
      throw refusal;
    });
  }

  /** Answers a device that looks for its server; `undefined` when it needs no token. Rejects with `auth.*`. */
  async welcome(applicant: Applicant): Promise<Welcome | undefined> {
    const { devices } = this.#options.parts;
    if (devices === undefined || this.isAllowed(applicant.deviceId)) return undefined;
    const { registry, keys } = devices;
    const { deviceId, clientId } = applicant;
    if (deviceId === "") {
      throw new EarshotError(
        "auth.token_missing",
        "Cannot tell the device where to go: it shows no Device-Id",
      );
    }
    await registry.catchUp();
    if (!registry.isApproved(applicant)) return { type: "code", code: await registry.apply(applicant) };
    const subject = { deviceId, clientId: clientId ?? undefined };
    return { type: "token", token: issueToken(keys.signing, subject, this.#options.wallMs()) };
  }

  /** How it stands with a device that shows its code. */
  async approval(device: DeviceIds): Promise<"approved" | "pending" | "unknown"> {
    const { devices } = this.#options.parts;
    if (devices === undefined || this.isAllowed(device.deviceId)) return "approved";
    await devices.registry.catchUp();
    if (devices.registry.isApproved(device)) return "approved";
    return devices.registry.isPending(device) ? "pending" : "unknown";
  }

  /** Whether a device needs neither approval nor token. */
  isAllowed(deviceId: string | undefined): boolean {
    return deviceId !== undefined && this.#allowed.has(deviceId);
  }

  #requireToken(
    { token, deviceId, clientId }: DeviceIdentity,
    { registry, keys }: NonNullable<AuthParts["devices"]>,
  ): void {
    if (token === undefined || token === "" || deviceId === undefined) {
      throw new EarshotError("auth.token_missing", "Cannot let the device in: it shows no id and token");
    }
    const { config: { tokenDays }, wallMs } = this.#options;
    const verdict = verifyToken(token, { deviceId, clientId }, {
      keys: keys.all,
      lifeMs: tokenDays * DAY_MS,
      nowMs: wallMs(),
    });
    if (verdict === "invalid") {
      throw new EarshotError(
        "auth.token_invalid",
        "Cannot let the device in: its token is not ours, or not its own",
      );
    }
    if (verdict === "expired") {
      throw new EarshotError(
        "auth.token_expired",
        `Cannot let the device in: its token is over ${tokenDays} days old`,
      );
    }
    if (!registry.isApproved({ deviceId, clientId: clientId ?? null })) {
      throw new EarshotError("auth.not_approved", "Cannot let the device in: it is not approved");
    }
  }

  /** Who has failed too often is not even looked at. */
  #guard(address: string | undefined, check: () => void): void {
    if (address === undefined) return check();
    if (this.#failures.spent(address)) throw tooMany("it has shown too many wrong tokens");
    try {
      check();
    } catch (thrown) {
      this.#failures.take(address);
      throw thrown;
    }
  }
}

function tooMany(why: string): EarshotError {
  return new EarshotError("server.rate_limited", `Cannot take more from this address now: ${why}`);
}
