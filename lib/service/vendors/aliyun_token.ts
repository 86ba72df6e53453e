import { z } from "zod";
import type { EarshotError } from "../../errors/mod.ts";
import { encodeRfc3986, hmacBase64, type HttpClient, HttpRefusal } from "../../net/mod.ts";
import { jsonOf, readReply } from "../read_reply.ts";
import { connectionError, serviceError } from "../service_error.ts";
import type { ServiceName } from "../service_name.ts";

/** A token is replaced so long before it expires, in ms. */
const MARGIN_MS = 600_000;

/** Who asks for a token, and where. */
export interface TokenRequest {
  /** Where tokens are made. */
  readonly url: string;
  /** The AccessKey's id. */
  readonly accessKeyId: string;
  /** Its secret. */
  readonly accessKeySecret: string;
}

/** The signed URL of a CreateToken request; nonce and time are the caller's. */
export function createTokenUrl(
  { url, accessKeyId, accessKeySecret }: TokenRequest,
  { nonce, time, method = "GET" }: {
    readonly nonce: string;
    /** As `2019-04-18T08:32:31Z`. */
    readonly time: string;
    readonly method?: "GET" | "POST";
  },
): URL {
  const parameters = {
    AccessKeyId: accessKeyId,
    Action: "CreateToken",
    Format: "JSON",
    RegionId: "cn-shanghai",
    SignatureMethod: "HMAC-SHA1",
    SignatureNonce: nonce,
    SignatureVersion: "1.0",
    Timestamp: time,
    Version: "2019-02-28",
  };
  const query = Object.entries(parameters)
    .map(([key, value]) => `${encodeRfc3986(key)}=${encodeRfc3986(value)}`).join("&");
  const text = `${method}&%2F&${encodeRfc3986(query)}`;
  const signature = hmacBase64("sha1", { secret: `${accessKeySecret}&`, text });
  return new URL(`${url}?Signature=${encodeRfc3986(signature)}&${query}`);
}

const reply = z.looseObject({ Token: z.looseObject({ Id: z.string(), ExpireTime: z.number() }) });

/** Makes tokens and keeps the last one for as long as it is good; who asks meanwhile waits for the same one. */
export class AliyunTokens {
  readonly #request: TokenRequest;
  readonly #service: ServiceName;
  readonly #http: HttpClient;
  readonly #wallClockMs: () => number;
  #token: { readonly id: string; readonly untilMs: number } | undefined;
  #pending: Promise<string> | undefined;
  readonly #life = new AbortController();

  /** Asks nobody yet. */
  constructor(
    request: TokenRequest,
    { service, http, wallClockMs = Date.now }: {
      readonly service: ServiceName;
      readonly http: HttpClient;
      readonly wallClockMs?: () => number;
    },
  ) {
    this.#request = request;
    this.#service = service;
    this.#http = http;
    this.#wallClockMs = wallClockMs;
  }

  /** A good token, and whether it was made for an earlier request. Rejects with an error of the service, or `canceled`. */
  async get(): Promise<{ readonly id: string; readonly cached: boolean }> {
    const token = this.#token;
    if (token !== undefined && this.#wallClockMs() < token.untilMs) return { id: token.id, cached: true };
    this.#pending ??= this.#create().finally(() => {
      this.#pending = undefined;
    });
    return { id: await this.#pending, cached: false };
  }

  /** The service does not take this one: the next `get` makes another. */
  invalidate(id: string): void {
    if (this.#token?.id === id) this.#token = undefined;
  }

  /** Makes no more: who waits for one is given up. May be called twice. */
  close(): void {
    this.#life.abort();
  }

  async #create(): Promise<string> {
    const time = new Date(this.#wallClockMs()).toISOString().replace(/\.\d+Z$/, "Z");
    const { href } = createTokenUrl(this.#request, { nonce: crypto.randomUUID(), time });
    let text: string;
    try {
      // Shared by several requests, so it has a deadline of its own and none of their signals.
      const signal = AbortSignal.any([this.#life.signal, AbortSignal.timeout(5_000)]);
      text = await this.#http.text({ url: href }, signal);
    } catch (thrown) {
      const error = thrown instanceof HttpRefusal
        ? this.#refused(thrown)
        : connectionError(this.#service, thrown);
      if (error.code !== "canceled" || this.#life.signal.aborted) throw error;
      throw serviceError(this.#service, "timeout", { detail: "no token came within 5 s" });
    }
    const { Token } = readReply(this.#service, text, reply);
    this.#token = { id: Token.Id, untilMs: Token.ExpireTime * 1_000 - MARGIN_MS };
    return Token.Id;
  }

  /** Aliyun names what it does not like; whoever else answers there has but a status. */
  #refused(refusal: HttpRefusal): EarshotError {
    const { status, body } = refusal;
    const name = refusedBody.safeParse(jsonOf(body)).data?.Code;
    if (name === undefined || status >= 500) return connectionError(this.#service, refusal);
    const fault = name.startsWith("Throttling") ? "throttled" : "auth";
    return serviceError(this.#service, fault, { detail: `no token: ${body}`, cause: refusal });
  }
}

const refusedBody = z.looseObject({ Code: z.string() });
