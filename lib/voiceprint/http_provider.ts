import { z } from "zod";
import { hostOf, HttpClient, type PeerTrust } from "../net/mod.ts";
import { connectionError, readReply, type ServiceName } from "../service/mod.ts";
import type { VoiceMatch, VoiceprintProvider } from "./contract.ts";

/** Options of an {@linkcode HttpVoiceprintProvider}. */
export interface HttpVoiceprintOptions {
  /** The service; a path that ends in its own routes, as its log prints it, is understood. */
  readonly url: string;
  /** Its key. */
  readonly apiKey: string;
  /** Whom to trust. */
  readonly trust?: PeerTrust;
}

/** Nobody is an empty id. */
const reply = z.looseObject({ speaker_id: z.string().optional(), score: z.number() });

/** The 3D-Speaker service of the xiaozhi servers (`voiceprint-api`). */
export class HttpVoiceprintProvider implements VoiceprintProvider {
  readonly #service: ServiceName;
  readonly #http: HttpClient;
  readonly #url: string;
  readonly #apiKey: string;

  /** Connects to nothing yet. */
  constructor({ url, apiKey, trust }: HttpVoiceprintOptions) {
    this.#service = { family: "voiceprint", name: hostOf(url) };
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
      throw connectionError(this.#service, thrown);
    }
    const { speaker_id: id = "", score } = readReply(this.#service, text, reply);
    return id === "" ? undefined : { id, score };
  }

  /** Lets go of kept connections. */
  close(): void {
    this.#http.close();
  }
}

function identifyUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/(\/voiceprint(\/[^/]*)?)?\/?$/, "")}/voiceprint/identify`;
}
