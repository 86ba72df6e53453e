import { getLogger } from "@logtape/logtape";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import { type AuthParts, openAuth } from "../server/mod.ts";
import type { Config } from "./config.ts";
import { Throttle } from "./throttle.ts";

/** How often the log repeats that the files of the devices cannot be read, in ms. */
const REPEAT_EVERY_MS = 60_000;

/** Options of {@linkcode openGatewayAuth}. */
export interface OpenGatewayAuthOptions {
  /** The checked config. */
  readonly config: Pick<Config, "auth" | "tools">;
  /** The data directory. */
  readonly data: string;
  /** Owns what follows the approvals. */
  readonly scope: Scope;
  /** The time source. */
  readonly clock: Clock;
}

/** Reads who is let in. Rejects with `config.secret` or `auth.*`. */
export function openGatewayAuth({ config, data, scope, clock }: OpenGatewayAuthOptions): Promise<AuthParts> {
  const log = getLogger(["earshot", "auth"]);
  const throttle = new Throttle(clock, REPEAT_EVERY_MS);
  return openAuth({
    config: config.auth,
    data,
    trustsAll: config.tools.open,
    scope,
    clock,
    onError: ({ code, message, entry: { remedy } }) => {
      const times = throttle.due(code);
      if (times === 0) return;
      log.error("Who is approved or pinned cannot be followed: {message}", { code, message, remedy, times });
    },
  });
}
