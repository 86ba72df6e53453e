import { EarshotError } from "../errors/mod.ts";
import { answerText, type HttpAnswer, readText } from "./answer.ts";
import { connectError, hostOf } from "./connect_error.ts";
import { HttpRefusal, MAX_REFUSAL_BYTES } from "./http_refusal.ts";
import { type HttpRequest, methodOf } from "./http_request.ts";
import { schemeError, SchemeWatch } from "./other_scheme.ts";
import { abortable } from "./abortable.ts";
import type { PeerTrust } from "./peer_trust.ts";

/** HTTP toward one service, with its trust; owned by whoever made it. */
export class HttpClient {
  readonly #trust: PeerTrust;
  /** Of its own, so that kept connections end with it. */
  #client: Deno.HttpClient | undefined;
  /** Hosts that have answered as the scheme of their URL says: they are asked no more. */
  readonly #answered = new Set<string>();
  #closed = false;

  /** Opens nothing yet. */
  constructor(trust: PeerTrust = { verify: true }) {
    this.#trust = trust;
  }

  /**
   * Sends a request; resolves with an answer of 2xx, whose body the caller reads to its end or cancels. Rejects with
   * {@linkcode HttpRefusal}, `net.certificate`, `net.unreachable` (also a certificate that Deno does not trust),
   * `net.scheme` or `canceled`.
   */
  async fetch(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    if (this.#closed) {
      throw new EarshotError("canceled", `Cannot reach ${hostOf(request.url)}: its client was closed`);
    }
    const host = hostOf(request.url);
    try {
      const answer = await this.#ask(request, signal);
      this.#answered.add(host);
      return answer;
    } catch (thrown) {
      const error = EarshotError.from(thrown, "net.unreachable");
      throw this.#answered.has(host) ? error : await schemeError(request.url, error, signal);
    }
  }

  /** Sends a request and reads the whole answer, at most 1 MiB; else `net.too_big`. */
  async text(request: HttpRequest, signal: AbortSignal): Promise<string> {
    return await answerText(await this.fetch(request, signal), signal);
  }

  /** Lets go of kept connections, and asks nobody any more. May be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#client?.close();
  }

  async #ask(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { url } = request;
    using watch = this.#answered.has(hostOf(url)) ? undefined : new SchemeWatch(url, signal);
    let answer: HttpAnswer;
    try {
      answer = await this.#send(request, watch?.signal ?? signal);
    } catch (thrown) {
      if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
      throw watch?.fault ?? connectError(url, thrown);
    }
    const { status, headers, body } = answer;
    if (status >= 200 && status < 300) {
      // Deno's `fetch` may have forgotten the signal by the time that the body is read (seen with 2.9.6).
      return {
        url: answer.url,
        status,
        headers,
        body: body === null ? null : abortable(body, signal),
      };
    }
    throw new HttpRefusal(hostOf(url), {
      status,
      headers: new Map(headers),
      body: await readText(answer, { maxBytes: MAX_REFUSAL_BYTES, cut: true }).catch(() => ""),
    });
  }

  /** Deno's `fetch` where it can: it keeps connections. It knows no trust but that of the system. */
  async #send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { caCert, verify } = this.#trust;
    if ((!verify || caCert !== undefined) && /^https:/i.test(request.url)) {
      const { tlsFetch } = await import("./tls_fetch.ts");
      return await tlsFetch(request, { trust: this.#trust, signal });
    }
    const { url, headers = {}, body } = request;
    this.#client ??= Deno.createHttpClient({});
    return await fetch(url, {
      method: methodOf(request),
      headers,
      signal,
      redirect: "manual",
      client: this.#client,
      ...(body !== undefined && { body }),
    });
  }
}
