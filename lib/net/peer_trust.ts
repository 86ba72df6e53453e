import { EarshotError } from "../errors/mod.ts";
import type { PeerTlsConfig } from "./config.ts";

/** Whom an outbound connection trusts. */
export interface PeerTrust {
  /** PEM of the authority that signs the host's certificate, or of a certificate that signs itself. */
  readonly caCert?: string;
  /** Whether the certificate is checked at all. */
  readonly verify: boolean;
}

/**
 * Reads whom to trust; `key` is the config block that asks, for the error.
 *
 * @throws {EarshotError} `config.invalid` for a file that cannot be read
 */
export async function readPeerTrust(key: string, config: PeerTlsConfig | undefined): Promise<PeerTrust> {
  const { caFile, verify = true } = config ?? {};
  if (caFile === undefined) return { verify };
  let caCert: string;
  try {
    caCert = await Deno.readTextFile(caFile);
  } catch (cause) {
    throw new EarshotError("config.invalid", `Cannot read ${key}.tls.caFile: no readable file at ${caFile}`, {
      cause,
    });
  }
  if (/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(caCert)) return { verify, caCert };
  throw new EarshotError(
    "config.invalid",
    `Cannot use ${key}.tls.caFile: ${caFile} has no certificate in PEM form (-----BEGIN CERTIFICATE-----)`,
  );
}
