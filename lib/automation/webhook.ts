import { createHmac } from "node:crypto";
import { EarshotError } from "../errors/mod.ts";
import { type Clock, withDeadline } from "../lifecycle/mod.ts";
import { hostOf, HttpClient, HttpRefusal, type PeerTrust } from "../net/mod.ts";
import type { OutgoingEvent } from "./event.ts";

/** How long a request may take, in ms. */
const REQUEST_MS = 10_000;
/** The longest that a receiver may ask to be left alone, in ms. */
const MAX_REST_MS = 300_000;

/** Options of a {@linkcode Webhook}. */
export interface WebhookOptions {
  readonly url: string;
  /** What signs each request. */
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly trust: PeerTrust;
  readonly clock: Clock;
  /** The time of day, in ms since 1970. */
  readonly wallMs: () => number;
}

/** An HTTP address that takes events. */
export class Webhook {
  readonly #options: WebhookOptions;
  readonly #client: HttpClient;

  /** Opens nothing yet. */
  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#client = new HttpClient(options.trust);
  }

  /**
   * Sends an event, with a signature of now, and resolves once it was taken. Rejects with `automation.timeout`,
   * `automation.refused` ({@linkcode WebhookRefusal}), `net.*` or `canceled`.
   */
  async send({ id, body }: OutgoingEvent, signal: AbortSignal): Promise<void> {
    const { url, secret, headers, clock, wallMs } = this.#options;
    const timestamp = String(Math.floor(wallMs() / 1_000));
    const life = new AbortController();
    const request = {
      url,
      method: "POST",
      headers: {
        ...headers,
        "content-type": "application/json",
        "x-earshot-delivery": id,
        "x-earshot-timestamp": timestamp,
        "x-earshot-signature": signatureOf(body, { secret, timestamp }),
      },
      body,
    };
    const ask = async () => {
      const { body } = await this.#client.fetch(request, AbortSignal.any([signal, life.signal]));
      await body?.cancel();
    };
    try {
      await withDeadline(ask(), REQUEST_MS, {
        clock,
        signal,
        errorAtDeadline: () =>
          new EarshotError(
            "automation.timeout",
            `Cannot send to ${hostOf(url)}: no answer came within ${REQUEST_MS / 1_000} s`,
          ),
      });
    } catch (thrown) {
      throw thrown instanceof HttpRefusal ? new WebhookRefusal(url, thrown) : thrown;
    } finally {
      life.abort();
    }
  }

  /** How long the receiver wants to be left alone after a refusal, in ms. */
  restMs(error: EarshotError): number | undefined {
    return error instanceof WebhookRefusal ? error.restMs(this.#options.wallMs()) : undefined;
  }

  /** Lets go of kept connections. May be called twice. */
  close(): void {
    this.#client.close();
  }
}

/** An answer of another status than 2xx. What the receiver says is left out: it may repeat what was said. */
export class WebhookRefusal extends EarshotError {
  /** The HTTP status. */
  readonly status: number;
  readonly #retryAfter: string | undefined;

  /** Keeps the status alone. */
  constructor(url: string, { status, headers, retryable }: HttpRefusal) {
    super("automation.refused", `Cannot send to ${hostOf(url)}: it answered ${status}`, { retryable });
    this.status = status;
    this.#retryAfter = headers.get("retry-after");
  }

  /** What `Retry-After` says, in ms. */
  restMs(nowMs: number): number | undefined {
    const text = this.#retryAfter ?? "";
    const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
    return Number.isFinite(ms) ? Math.min(MAX_REST_MS, Math.max(0, ms)) : undefined;
  }
}

/** What proves where a request comes from: an HMAC of the timestamp, a dot and the body. */
export function signatureOf(
  body: Uint8Array,
  { secret, timestamp }: { readonly secret: string; readonly timestamp: string },
): string {
  return `sha256=${createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest("hex")}`;
}
