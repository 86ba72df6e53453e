import { EarshotError } from "../../errors/mod.ts";
import type { Clock } from "../../lifecycle/mod.ts";
import type { DeviceIdentity } from "../../protocol/mod.ts";
import { readDeviceId } from "../../protocol/mod.ts";
import { adminVerdict } from "./admin_access.ts";
import type { AuthConfig } from "./config.ts";
import type { DeviceIds } from "./device_files.ts";
import { DevicePins, type UntrustedReason } from "./device_pins.ts";
import type { Applicant, DeviceRegistry } from "./device_registry.ts";
import { issueToken, type TokenVerdict, verifyToken } from "./device_token.ts";
import { type OriginRules, requireOrigin } from "./origin.ts";
import { issuePhotoToken, verifyPhotoToken } from "./photo_token.ts";
import type { PinKeeper } from "./pin_keeper.ts";
import { RateLimit } from "./rate_limit.ts";
import type { TokenKeys } from "./token_keys.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

/** What the gatekeeper decides with, as it was read before the first socket opened: `openAuth`. */
export interface AuthParts {
  /** There when `auth.required`: the approved devices, and the keys of their tokens. */
  readonly devices?: { readonly registry: DeviceRegistry; readonly keys: TokenKeys } | undefined;
  /** There where every device is let in and not every one is trusted: whom to trust. */
  readonly pins?: { readonly table: DevicePins; readonly keeper: Pick<PinKeeper, "stats"> } | undefined;
  /** Lets other machines see what is inside. */
  readonly adminToken?: string | undefined;
  /** Lets commands of this user see it: made anew for each run, and told in a file that nobody else can read. */
  readonly operatorToken?: string | undefined;
}

/** Options of a {@linkcode Gatekeeper}. */
export interface GatekeeperOptions {
  /** The checked `auth` block. */
  readonly config: AuthConfig;
  /** What it decides with. */
  readonly parts: AuthParts;
  /** Which web pages may connect. */
  readonly origins: OriginRules;
  /** Whether every device that is let in is trusted. */
  readonly trustsAll: boolean;
  /** How often one address may connect in a minute. */
  readonly maxHandshakesPerMinute: number;
  /** The time source. */
  readonly clock: Clock;
  /** The time of day, in ms since 1970. */
  readonly wallMs: () => number;
}

/**
 * What a device gets that asks where its server is. One that waits for approval gets its token with the code, since
 * most clients do not ask again after it; the token opens nothing before that.
 */
export interface Enrollment {
  /** Its token; never empty. */
  readonly token: string;
  /** Set while it waits: the code with which somebody can approve it, and whether it has not asked before. */
  readonly waits?: { readonly code: string; readonly isNew: boolean };
}

/**
 * Access control, decided before the upgrade. Addresses are those under which limits count; one that is exempt
 * has none.
 */
export class Gatekeeper {
  readonly #options: GatekeeperOptions;
  readonly #handshakes: RateLimit;
  readonly #failures: RateLimit;
  readonly #allowed: ReadonlySet<string>;
  /** Whom to trust where everybody is let in. */
  readonly #pins: DevicePins;
  /** Signs tokens that are not checked. */
  readonly #idleKey = crypto.randomUUID();

  /** Decides from now on. */
  constructor(options: GatekeeperOptions) {
    const { config, clock, maxHandshakesPerMinute, parts } = options;
    if (config.required && parts.devices === undefined) {
      throw new EarshotError("internal", "Cannot let devices in: the approved ones were not read");
    }
    this.#options = options;
    this.#handshakes = new RateLimit({ perMinute: maxHandshakesPerMinute, clock });
    this.#failures = new RateLimit({ perMinute: config.maxFailuresPerMinute, clock });
    this.#pins = parts.pins?.table ?? new DevicePins({ ...config, wallMs: options.wallMs });
    this.#allowed = new Set(config.allowedDevices.map((id) => readDeviceId(id) ?? id));
  }

  /** Counts a request of an address. @throws {EarshotError} `server.rate_limited` */
  countRequest(address: string | undefined): void {
    if (address === undefined || this.#handshakes.take(address)) return;
    throw tooMany("it connects too often");
  }

  /**
   * Lets a device open its socket. `host` is the one that the client asked for.
   *
   * @throws {EarshotError} `auth.*` or `server.rate_limited`
   */
  authorizeDevice(
    request: Request,
    by: {
      readonly identity: DeviceIdentity;
      readonly address: string | undefined;
      readonly host: string | null;
    },
  ): void {
    const { identity, address, host } = by;
    requireOrigin(request.headers, { ...this.#options.origins, host });
    const { devices } = this.#options.parts;
    if (devices === undefined || this.isAllowed(identity.deviceId)) return;
    this.#guard(address, () => this.#requireToken(identity, devices));
  }

  /**
   * Whether a device that is let in may use what is not for everybody. Where nobody has to be approved, the first one of
   * its `Device-Id` is pinned by it; `connected` gives the `Device-Id`s that are.
   */
  trust(identity: DeviceIdentity, connected: () => ReadonlySet<string>): "trusted" | UntrustedReason {
    const { parts, trustsAll } = this.#options;
    const { deviceId, clientId } = identity;
    if (trustsAll || parts.devices !== undefined || this.isAllowed(deviceId)) return "trusted";
    return deviceId === undefined
      ? "unnamed"
      : this.#pins.take({ deviceId, clientId: clientId ?? null }, connected);
  }

  /** Whether a device's connection has another standing than a new one would have: the operator has changed whom to trust. */
  hasChanged({ deviceId, clientId }: DeviceIdentity, trusted: boolean): boolean {
    if (this.#options.trustsAll || deviceId === undefined || this.isAllowed(deviceId)) return false;
    const standing = this.#pins.standing({ deviceId, clientId: clientId ?? null });
    return standing === "new" || (standing === "trusted") !== trusted;
  }

  /** Learns what was approved or revoked a moment ago. Never rejects. */
  async catchUp(): Promise<void> {
    await this.#options.parts.devices?.registry.catchUp();
  }

  /** Lets an operator see what is inside, or with `tokenOnly` change it. @throws {EarshotError} `auth.admin` or `server.rate_limited` */
  authorizeOperator(
    request: Request,
    from: { readonly peer: string; readonly address: string | undefined },
    { tokenOnly = false }: { readonly tokenOnly?: boolean } = {},
  ): void {
    const { parts: { adminToken: token, operatorToken }, origins: { names } } = this.#options;
    const verdict = adminVerdict(request, { peer: from.peer, token, operatorToken, tokenOnly, names });
    if (verdict === "allowed") return;
    const refusal = new EarshotError(
      "auth.admin",
      tokenOnly
        ? "Cannot do this: only the admin token may"
        : "Cannot show this: only this machine or the admin token may",
    );
    if (verdict === "no_token") throw refusal;
    this.#guard(from.address, () => {
      throw refusal;
    });
  }

  /** Answers a device that looks for its server. Rejects with `auth.*`. */
  async enroll(applicant: Applicant): Promise<Enrollment> {
    const { parts: { devices }, wallMs } = this.#options;
    const { deviceId, clientId } = applicant;
    // Nobody asks for it, but some clients do not connect without one.
    if (devices === undefined || this.isAllowed(deviceId)) {
      return { token: issueToken(this.#idleKey, { deviceId: "" }, wallMs()) };
    }
    const { registry, keys } = devices;
    if (deviceId === "") {
      throw new EarshotError(
        "auth.token_missing",
        "Cannot tell the device where to go: it shows no Device-Id",
      );
    }
    const token = issueToken(keys.signing, { deviceId, clientId: clientId ?? undefined }, wallMs());
    await registry.catchUp();
    if (registry.isApproved(applicant)) return { token };
    const isNew = !registry.isPending(applicant);
    return { token, waits: { code: await registry.apply(applicant), isNew } };
  }

  /** What a device shows that sends a photo; `undefined` for one that cannot be told from others. */
  photoToken({ deviceId = "", clientId }: Pick<DeviceIdentity, "deviceId" | "clientId">): string | undefined {
    const { parts: { devices }, wallMs } = this.#options;
    if (deviceId === "") return undefined;
    try {
      return issuePhotoToken(devices?.keys.signing ?? this.#idleKey, { deviceId, clientId }, wallMs());
    } catch {
      return undefined; // an id that no token can be for
    }
  }

  /** Lets a device send a photo, and gives its id. @throws {EarshotError} `auth.token_*` or `server.rate_limited` */
  authorizePhoto(
    { identity: { token, deviceId = "", clientId }, address }: {
      readonly identity: DeviceIdentity;
      readonly address: string | undefined;
    },
  ): string {
    const { parts: { devices }, wallMs } = this.#options;
    this.#guard(address, () => {
      if (token === undefined || deviceId === "") {
        throw new EarshotError(
          "auth.token_missing",
          "Cannot look at the photo: it comes without id and token",
        );
      }
      const keys = devices?.keys.all ?? [this.#idleKey];
      const fault = TOKEN_FAULTS[verifyPhotoToken(token, { deviceId, clientId }, { keys, nowMs: wallMs() })];
      if (fault !== undefined) {
        throw new EarshotError(fault, "Cannot look at the photo: its token is not good");
      }
    });
    return deviceId;
  }

  /** The code of a device that waits for approval, where nobody has approved it meanwhile. */
  codeOf({ deviceId, clientId }: DeviceIdentity): string | undefined {
    const registry = this.#options.parts.devices?.registry;
    if (registry === undefined || deviceId === undefined) return undefined;
    const device = { deviceId, clientId: clientId ?? null };
    return registry.isApproved(device) ? undefined : registry.codeOf(device);
  }

  /** The board of an approved device, where it has said so. */
  boardOf({ deviceId, clientId }: DeviceIdentity): string | undefined {
    if (deviceId === undefined) return undefined;
    return this.#options.parts.devices?.registry.boardOf({ deviceId, clientId: clientId ?? null });
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

/** What is said of a token. */
const TOKEN_FAULTS = {
  valid: undefined,
  invalid: "auth.token_invalid",
  expired: "auth.token_expired",
} as const satisfies Record<TokenVerdict, unknown>;

function tooMany(why: string): EarshotError {
  return new EarshotError("server.rate_limited", `Cannot take more from this address now: ${why}`);
}
