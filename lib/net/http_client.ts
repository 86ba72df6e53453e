import { EarshotError } from "../errors/mod.ts";
import { answerText, type HttpAnswer, readText } from "./answer.ts";
import { connectError, hostOf } from "./connect_error.ts";
import { HttpRefusal, MAX_REFUSAL_BYTES } from "./http_refusal.ts";
import { type HttpRequest, methodOf, type SendHttp } from "./http_request.ts";
import type { PeerTrust } from "./peer_trust.ts";

/** HTTP towards one service, with its trust; owned by whoever made it. */
export class HttpClient {
  readonly #verify: boolean;
  readonly #client: Deno.HttpClient | undefined;
  #closed = false;

  /** Opens nothing yet. */
  constructor({ caCert, verify }: PeerTrust = { verify: true }) {
    this.#verify = verify;
    if (caCert !== undefined && verify) this.#client = Deno.createHttpClient({ caCerts: [caCert] });
  }

  /**
   * Sends a request; resolves with an answer of 2xx, whose body the caller reads to its end or cancels.
   * Rejects with {@linkcode HttpRefusal}, `net.unreachable` (a certificate that is not trusted too) or `cancelled`.
   */
  async fetch(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { url } = request;
    let answer: HttpAnswer;
    try {
      answer = await this.#send(request, signal);
    } catch (thrown) {
      if (signal.aborted) throw EarshotError.from(signal.reason, "cancelled");
      throw connectError(url, thrown);
    }
    const { status, headers } = answer;
    if (status >= 200 && status < 300) return answer;
    throw new HttpRefusal(hostOf(url), {
      status,
      headers: new Map(headers),
      body: await readText(answer, { maxBytes: MAX_REFUSAL_BYTES, cut: true }).catch(() => ""),
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

  async #send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { url, headers = {}, body } = request;
    if (!this.#verify && URL.parse(url)?.protocol === "https:") {
      // Neither a literal nor `typeof import`, so that the parser is fetched and loaded by who asks for it alone.
      const module: { readonly unverifiedFetch: SendHttp } = await import(
        new URL("./unverified_fetch.ts", import.meta.url).href
      );
      return await module.unverifiedFetch(request, signal);
    }
    return await fetch(url, {
      method: methodOf(request),
      headers,
      signal,
      redirect: "manual",
      ...(body !== undefined && { body }),
      ...(this.#client && { client: this.#client }),
    });
  }
}
