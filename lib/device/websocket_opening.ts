import { EarshotError, type EarshotErrorOptions } from "../errors/mod.ts";
import { raceSignal } from "../lifecycle/mod.ts";
import type { ByteReader } from "./byte_reader.ts";

/** The cause of a `device.connect`: an answer of HTTP other than 101. */
export class UpgradeRefusal extends Error {
  /** The HTTP status; 0 when the answer was no HTTP. */
  readonly status: number;

  /** Keeps the status. */
  constructor(status: number) {
    super(`HTTP status ${status}`);
    this.status = status;
  }
}

/** How a connection is opened. */
export interface DialOptions {
  /** Certificates of authorities that are trusted for `wss:` besides those of the system, as PEM. */
  readonly caCerts?: readonly string[];
}

/** Opens TCP, and TLS for `wss:`. Rejects with `device.connect` for another URL, else with what Deno says. */
export async function dial(
  url: URL,
  { caCerts = [] }: DialOptions,
  signal: AbortSignal,
): Promise<Deno.Conn> {
  const secure = url.protocol === "wss:";
  if (!secure && url.protocol !== "ws:") {
    throw connectRefusal(url, "the URL is not ws: or wss:", { retryable: false });
  }
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = Number(url.port) || (secure ? 443 : 80);
  const tcp = await Deno.connect({ hostname, port, signal });
  try {
    tcp.setNoDelay(true);
    if (!secure) return tcp;
    return await raceSignal(Deno.startTls(tcp, { hostname, caCerts: [...caCerts] }), signal);
  } catch (thrown) {
    closeQuietly(tcp);
    throw thrown;
  }
}

/** A connection that is to become a WebSocket. */
export interface Upgrading {
  /** Where the request goes. */
  readonly connection: Deno.Conn;
  /** Where the answer comes from; what follows the answer stays in it. */
  readonly reader: ByteReader;
}

/**
 * Requests a WebSocket as firmware does.
 *
 * @throws {EarshotError} `device.connect`, with an {@linkcode UpgradeRefusal} as its cause
 */
export async function upgrade(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { connection, reader }: Upgrading,
): Promise<void> {
  const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    // Firmware names the host without its port.
    `Host: ${url.hostname}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${key}`,
  ];
  await writeAll(connection, new TextEncoder().encode(lines.join("\r\n") + "\r\n\r\n"));
  const status = await reader.line();
  // Firmware reads nothing else of the answer.
  if (status?.startsWith("HTTP/1.1 101") !== true) {
    const answer = JSON.stringify(status?.slice(0, 80) ?? "");
    throw connectRefusal(url, `the gateway answered ${answer}`, {
      cause: new UpgradeRefusal(Number(/^HTTP\/1\.1 (\d{3})/.exec(status ?? "")?.[1] ?? 0)),
      retryable: status?.startsWith("HTTP/1.1 4") !== true,
    });
  }
  for (let count = 0; count < 100; count++) {
    if (await reader.line() === "") return;
  }
  throw connectRefusal(url, "the gateway's answer has no end");
}

/** Why a connection did not come about. */
export function connectRefusal(url: URL, state: string, options: EarshotErrorOptions = {}): EarshotError {
  // Without the query, which may hold a token.
  const message = `Cannot connect to ${url.protocol}//${url.host}${url.pathname}: ${state}`;
  return new EarshotError("device.connect", message, options);
}

/** Writes all of it. */
export async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Closes it, unless it has gone already. */
export function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It has gone already.
  }
}
