import { EarshotError } from "../../errors/mod.ts";
import { HttpRefusal } from "../../net/mod.ts";
import { connectionError, serviceError, type ServiceName } from "../../service/mod.ts";
import type { EdgeTokenSource } from "./edge_token.ts";

/** What every Edge has; no secret. */
const CLIENT_TOKEN = "6A5AA1D4EAFF4E9FB37E23D68491D6F4";
/** The extension of Edge that reads aloud. */
const ORIGIN = "chrome-extension://jdiccldimpdaibmpdkjnbmckianbfold";
/** What to do where the service takes nobody but Edge itself. */
const REFUSED =
  "Microsoft refuses this unofficial access (403), and no setting here changes that. Use another voice, " +
  "such as a local server of type openai: Kokoro-FastAPI, or an OpenAI-compatible proxy for Edge";

/** How a request shows that it comes from Edge: fresh for each. */
export interface EdgePass {
  /** The parameters that prove it, without the token that all of Edge has. */
  readonly proof: Readonly<Record<string, string>>;
  readonly clientToken: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Options of an {@linkcode EdgeAccess}. */
export interface EdgeAccessOptions {
  readonly service: ServiceName;
  /** What it calls itself, such as `1-143.0.3650.75`. */
  readonly version: string;
  readonly tokens: EdgeTokenSource;
}

/** The way into the service; knows how far this machine's clock is off. */
export class EdgeAccess {
  readonly #options: EdgeAccessOptions;
  #skewMs = 0;

  /** Asks nobody yet. */
  constructor(options: EdgeAccessOptions) {
    this.#options = options;
  }

  /**
   * Asks with a pass. One that is refused is made once more, by the service's clock.
   *
   * @throws {EarshotError} `tts.auth` where that is refused, too, else an error of the service
   */
  async enter<Answer>(ask: (pass: EdgePass) => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
    const { service } = this.#options;
    for (let mayRepeat = true;; mayRepeat = false) {
      const pass = await this.#pass();
      if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
      try {
        return await ask(pass);
      } catch (thrown) {
        if (!(thrown instanceof HttpRefusal) || thrown.status !== 403) throw connectionError(service, thrown);
        const theirMs = Date.parse(thrown.headers.get("date") ?? "");
        if (!mayRepeat || Number.isNaN(theirMs)) {
          throw serviceError(service, "auth", { detail: REFUSED, cause: thrown });
        }
        this.#skewMs = theirMs - Date.now();
      }
    }
  }

  async #pass(): Promise<EdgePass> {
    const { version, tokens } = this.#options;
    const major = /^\d+-(\d+)/.exec(version)?.[1] ?? "";
    return {
      proof: {
        "Sec-MS-GEC": await tokens.token(Date.now() + this.#skewMs, CLIENT_TOKEN),
        "Sec-MS-GEC-Version": version,
      },
      clientToken: CLIENT_TOKEN,
      headers: {
        "Origin": ORIGIN,
        "Pragma": "no-cache",
        "Cache-Control": "no-cache",
        "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) " +
          `Chrome/${major}.0.0.0 Safari/537.36 Edg/${major}.0.0.0`,
        "Cookie": `muid=${freshId().toUpperCase()};`,
      },
    };
  }
}

/** 32 hexadecimal digits that nobody has had. */
export function freshId(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}
