import { z } from "zod";
import { EarshotError, type ErrorCode } from "../errors/mod.ts";
import { hostOf, HttpClient, HttpRefusal, type PeerTrust, safeDetail } from "../net/mod.ts";
import type { VoiceMatch, VoiceprintAdapter } from "./contract.ts";

/** Options of an {@linkcode HttpVoiceprintAdapter}. */
export interface HttpVoiceprintOptions {
  /** The service; a path that ends in its own routes, as its log prints it, is understood. */
  readonly url: string;
  /** Its key. */
  readonly apiKey: string;
  /** Whom to trust. */
  readonly trust?: PeerTrust;
}

/** Nobody is an empty id. */
const reply = z.looseObject({ speaker_id: z.string().nullable(), score: z.number() });

/** The 3D-Speaker service of the xiaozhi servers (`voiceprint-api`). */
export class HttpVoiceprintAdapter implements VoiceprintAdapter {
  readonly #http: HttpClient;
  readonly #url: string;
  readonly #apiKey: string;

  /** Connects to nothing yet. */
  constructor({ url, apiKey, trust }: HttpVoiceprintOptions) {
    this.#http = new HttpClient(trust);
    this.#url = identifyUrl(url);
    this.#apiKey = apiKey;
  }

  /** Asks the service. */
  async match(
    wav: Uint8Array<ArrayBuffer>,
    { speakerIds, signal }: { readonly speakerIds: readonly string[]; readonly signal: AbortSignal },
  ): Promise<VoiceMatch | undefined> {
    const body = new FormData();
    body.set("speaker_ids", speakerIds.join(","));
    // The service refuses a file of another name.
    body.set("file", new File([wav], "audio.wav", { type: "audio/wav" }));
    const headers = { "authorization": `Bearer ${this.#apiKey}`, "accept": "application/json" };
    let text: string;
    try {
      text = await this.#http.text({ url: this.#url, headers, body }, signal);
    } catch (thrown) {
      throw this.#failure(thrown);
    }
    return this.#read(text);
  }

  /** Lets go of kept connections. */
  close(): void {
    this.#http.close();
  }

  #read(text: string): VoiceMatch | undefined {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw this.#error("voiceprint.protocol", "it sent something that is not JSON", cause);
    }
    const read = reply.safeParse(value);
    if (!read.success) {
      const where = read.error.issues[0]?.path.join(".") ?? "";
      throw this.#error("voiceprint.protocol", `its answer has no valid ${where}`.trimEnd());
    }
    const { speaker_id: id, score } = read.data;
    return id === null || id === "" ? undefined : { id, score };
  }

  #failure(thrown: unknown): EarshotError {
    const error = EarshotError.from(thrown, "voiceprint.unreachable");
    if (error instanceof HttpRefusal) {
      const { status, body } = error;
      const code = status === 401 || status === 403 ? "voiceprint.auth" : "voiceprint.refused";
      return this.#error(code, `it answered ${status} ${body}`, error);
    }
    switch (error.code) {
      case "net.unreachable":
      case "net.certificate":
      case "net.scheme":
        return this.#error("voiceprint.unreachable", error.message, error);
      case "net.too_big":
        return this.#error("voiceprint.protocol", error.message, error);
      default:
        return error;
    }
  }

  /** `detail` may hold the service's own words, of which only what is safe is repeated, and never the key. */
  #error(code: ErrorCode, detail: string, cause?: unknown): EarshotError {
    const words = safeDetail(detail.replaceAll(this.#apiKey, "…"));
    const message = `Cannot ask ${hostOf(this.#url)} who speaks: ${words}`;
    return new EarshotError(code, message, cause === undefined ? {} : { cause });
  }
}

function identifyUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/(\/voiceprint(\/[^/]*)?)?\/?$/, "")}/voiceprint/identify`;
}
