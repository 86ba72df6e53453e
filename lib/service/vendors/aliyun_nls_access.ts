import { z } from "zod";
import { EarshotError } from "../../errors/mod.ts";
import { type HttpClient, httpUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import type { Settings } from "../provider.ts";
import { connectionError } from "../service_error.ts";
import type { ServiceName } from "../service_name.ts";
import { AliyunTokens } from "./aliyun_token.ts";

/** The keys of a block that say whose account Aliyun NLS is asked with. */
export const nlsAccountKeys: {
  readonly appKey: z.ZodString;
  readonly accessKeyId: z.ZodOptional<z.ZodString>;
  readonly accessKeySecret: z.ZodOptional<typeof secretSource>;
  readonly token: z.ZodOptional<typeof secretSource>;
  readonly tokenUrl: z.ZodDefault<typeof httpUrl>;
} = {
  appKey: z.string().min(1).describe("the key of the project, from the console"),
  accessKeyId: z.string().min(1).optional().describe("the id of the AccessKey that tokens are made from"),
  accessKeySecret: secretSource.optional().describe("the secret of the AccessKey"),
  token: secretSource.optional().describe("instead of an AccessKey: a token, valid for a day"),
  tokenUrl: httpUrl.default("https://nls-meta.cn-shanghai.aliyuncs.com/")
    .describe("the service that makes tokens from the AccessKey"),
};

/** Says what is wrong with an account's keys beyond each of them. */
export function checkNlsAccount(
  { token, accessKeyId, accessKeySecret }: {
    readonly token?: unknown;
    readonly accessKeyId?: unknown;
    readonly accessKeySecret?: unknown;
  },
  problem: (key: string, message: string) => void,
): void {
  if (token !== undefined || (accessKeyId !== undefined && accessKeySecret !== undefined)) return;
  problem("accessKeyId", "give accessKeyId and accessKeySecret, or token");
}

/** What a request is let in with. */
export interface NlsPass {
  readonly token: string;
  /**
   * What the request ended with, as an error of the service. A token that was refused is not given again; where it was
   * good for an earlier request, a new one may be good again, so that the error may pass.
   */
  readonly judge: (thrown: unknown) => EarshotError;
}

/** The way into Aliyun NLS: a token of the config, or one that is made and kept while it is good. */
export class NlsAccess {
  readonly #service: ServiceName;
  readonly #token: string;
  readonly #tokens: AliyunTokens | undefined;

  /** Asks nobody yet. */
  constructor(
    { token, tokenUrl, accessKeyId, accessKeySecret }: Omit<Settings<typeof nlsAccountKeys>, "appKey">,
    { service, http }: { readonly service: ServiceName; readonly http: HttpClient },
  ) {
    this.#service = service;
    this.#token = token ?? "";
    if (accessKeyId === undefined || accessKeySecret === undefined) return;
    this.#tokens = new AliyunTokens({ url: tokenUrl, accessKeyId, accessKeySecret }, { service, http });
  }

  /** A pass with a token that should be good. Rejects with an error of the service, or `canceled` once it is closed. */
  async enter(): Promise<NlsPass> {
    const tokens = this.#tokens;
    const { id: token, cached } = await tokens?.get() ?? { id: this.#token, cached: false };
    return {
      token,
      judge: (thrown) => {
        const error = connectionError(this.#service, thrown);
        if (error.code !== `${this.#service.family}.auth`) return error;
        tokens?.invalidate(token);
        return cached
          ? new EarshotError(error.code, error.message, { cause: error, retryable: true })
          : error;
      },
    };
  }

  /** Makes no more tokens: who waits for one is given up. May be called twice. */
  close(): void {
    this.#tokens?.close();
  }
}
