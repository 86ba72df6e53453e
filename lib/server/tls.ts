import { createPrivateKey, X509Certificate } from "node:crypto";
import { EarshotError } from "../errors/mod.ts";
import type { ServerConfig } from "./config.ts";

/** A certificate with its chain, and its key, as PEM texts. */
export interface TlsCertificate {
  /** The certificate and its chain. */
  readonly cert: string;
  /** The key; a secret. */
  readonly key: string;
}

/**
 * Reads what `server.tls` names, and sees to it that the two belong together.
 *
 * @throws {EarshotError} `server.tls`
 */
export async function readTls(
  { certFile, keyFile }: NonNullable<ServerConfig["tls"]>,
): Promise<TlsCertificate> {
  const [cert, key] = await Promise.all([readPem(certFile, "certFile"), readPem(keyFile, "keyFile")]);
  let matches: boolean;
  try {
    matches = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw new EarshotError(
      "server.tls",
      `Cannot use ${certFile} and ${keyFile}: not a certificate and its key`,
      {
        cause,
      },
    );
  }
  if (matches) return { cert, key };
  throw new EarshotError("server.tls", `Cannot use ${keyFile}: it is not the key of ${certFile}`);
}

async function readPem(file: string, key: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    throw new EarshotError("server.tls", `Cannot read server.tls.${key}: no readable file at ${file}`, {
      cause,
    });
  }
}
