import { EarshotError } from "../errors/mod.ts";
import { answerText, readText } from "./answer.ts";
import { connectError, hostOf } from "./connect_error.ts";
import { HttpRefusal, MAX_REFUSAL_BYTES } from "./http_refusal.ts";
import type { PeerTrust } from "./peer_trust.ts";

/** A request to another host. */
export interface HttpRequest {
  /** The full URL. */
  readonly url: string;
  /** Default: `GET`, or `POST` with a body. */
  readonly method?: string;
  /** Headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What is sent. */
  readonly body?: BodyInit;
}

/** HTTP towards one service, with its trust; owned by whoever made it. */
export class HttpClient {
  readonly #client: Deno.HttpClient | undefined;
  #closed = false;

  /** Opens nothing yet. */
  constructor(trust?: PeerTrust) {
    if (trust?.caCert === undefined) return;
    this.#client = Deno.createHttpClient({ caCerts: [trust.caCert] });
  }

  /**
   * Sends a request; resolves with an answer of 2xx, whose body the caller reads to its end or cancels.
   * Rejects with {@linkcode HttpRefusal}, `net.unreachable` or `cancelled`.
   */
  async fetch(request: HttpRequest, signal: AbortSignal): Promise<Response> {
    const { url, headers = {}, body } = request;
    let response: Response;
    try {
      response = await fetch(url, {
        method: request.method ?? (body === undefined ? "GET" : "POST"),
        headers,
        signal,
        redirect: "manual",
        ...(body !== undefined && { body }),
        ...(this.#client && { client: this.#client }),
      });
    } catch (thrown) {
      if (signal.aborted) throw EarshotError.from(signal.reason, "cancelled");
      throw connectError(url, thrown);
    }
    if (response.ok) return response;
    throw new HttpRefusal(hostOf(url), {
      status: response.status,
      headers: new Map(response.headers),
      body: await readText(response, { maxBytes: MAX_REFUSAL_BYTES, cut: true }).catch(() => ""),
    });
  }

  /** Sends a request and reads the whole answer, at most 1 MiB; else `net.too_big`. */
  async text(request: HttpRequest, signal: AbortSignal): Promise<string> {
    return await answerText(await this.fetch(request, signal), signal);
  }

  /** Lets go of kept connections. May be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#client?.close();
  }
}
