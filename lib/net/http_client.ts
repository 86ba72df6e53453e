import { EarshotError } from "../errors/mod.ts";
import { answerText, type HttpAnswer, readText } from "./answer.ts";
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
   * Rejects with {@linkcode HttpRefusal}, `net.unreachable`, `net.certificate` or `cancelled`.
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
    const { url, body, method = body === undefined ? "GET" : "POST", headers = {} } = request;
    const to = new URL(url);
    if (!this.#verify && to.protocol === "https:") {
      // Not a literal, so that the parser is fetched and loaded by who asks for it alone.
      const module: typeof import("./unverified_fetch.ts") = await import(
        new URL("./unverified_fetch.ts", import.meta.url).href
      );
      return await module.unverifiedFetch(to, { method, headers, body }, signal);
    }
    return await fetch(to, {
      method,
      headers,
      signal,
      redirect: "manual",
      ...(body !== undefined && { body }),
      ...(this.#client && { client: this.#client }),
    });
  }
}
