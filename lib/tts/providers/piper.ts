import { z } from "zod";
import { type HttpAnswer, HttpClient, HttpRefusal, httpUrl } from "../../net/mod.ts";
import { checkReply, connectionError, serviceError } from "../../service/mod.ts";
import { listAt } from "../body/list_at.ts";
import { soundOfAnswer } from "../body/sound_of_answer.ts";
import { type HttpSpeaker, refusalOf } from "../body/speak_over_http.ts";
import type { VoiceInfo } from "../contract.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { languagesOfPiper } from "./piper_voice.ts";

/** A longer text is spoken in parts: the server gives the sound of a request at once. */
const MAX_CHARS = 1_000;

/**
 * How a server is asked: at `/synthesize`; at `/` in JSON, as builds of 2025; at `/` in plain text and for nothing but
 * the text, as those before.
 */
type Manner = "synthesize" | "root" | "plain";

/** Piper's own server over HTTP, whatever its age. */
export const piper: TtsProviderType = defineTtsProvider({
  type: "piper",
  about: "Piper's own server over HTTP (piper.http_server), new or old",
  config: {
    url: httpUrl.default("http://127.0.0.1:5000")
      .describe("the server; it has no accounts, so it belongs in your own network"),
    voice: z.string().min(1).optional()
      .describe(
        "its voice, such as en_US-lessac-medium; without it the one that the server was started with, which it also " +
          "takes where it has no voice of that name, without a word: earshot voices lists those that it has",
      ),
    speaker: z.string().min(1).optional()
      .describe("the speaker of a voice that has several, by name; one that it has not is the first"),
    speakerId: z.int().min(0).max(10_000).optional().describe("the same by number"),
    languages: z.array(z.string().min(2)).min(1).optional()
      .describe(
        "the languages that the voice speaks (BCP 47), such as [en]; by default the one that its name begins with, or any",
      ),
    lengthScale: z.number().min(0.1).max(5).optional()
      .describe("how long it takes to speak: 2 is half as fast as usual, 0.5 twice as fast"),
    noiseScale: z.number().min(0).max(2).optional().describe("how much its voice varies; 0.667 is usual"),
    noiseWScale: z.number().min(0).max(2).optional().describe("how much its pace varies; 0.8 is usual"),
  },
  check: ({ speaker, speakerId }, problem) => {
    if (speaker !== undefined && speakerId !== undefined) {
      problem("speakerId", "speaker says it already; give one of both");
    }
  },
  capabilities: ({ voice, languages }) => ({
    languages: languages ?? languagesOfPiper(voice),
    maxChars: MAX_CHARS,
    textIn: "whole",
  }),
  open: ({ url, languages: _, ...settings }, { service, trust }) => {
    const http = new HttpClient(trust);
    const server = new PiperServer(url.replace(/\/$/, ""), { service, http }, settings);
    return {
      speak: async function* ({ text }, signal) {
        yield* soundOfAnswer(await server.ask(text, signal), { service }, signal);
      },
      voices: (signal) => server.voices(signal),
      close: () => http.close(),
    };
  },
});

/** What is asked for besides the text. */
interface PiperSettings {
  readonly voice?: string | undefined;
  readonly speaker?: string | undefined;
  readonly speakerId?: number | undefined;
  readonly lengthScale?: number | undefined;
  readonly noiseScale?: number | undefined;
  readonly noiseWScale?: number | undefined;
}

const voiceList = z.record(
  z.string(),
  z.looseObject({
    language: z.looseObject({ code: z.string() }).optional(),
    num_speakers: z.number().optional(),
  }),
);

class PiperServer {
  readonly #base: string;
  readonly #speaker: HttpSpeaker;
  readonly #fields: Readonly<Record<string, unknown>>;
  /** How it is asked, once that is known. */
  #manner: Manner | undefined;

  constructor(
    base: string,
    speaker: HttpSpeaker,
    { voice, speaker: name, speakerId, lengthScale, noiseScale, noiseWScale }: PiperSettings,
  ) {
    this.#base = base;
    this.#speaker = speaker;
    const fields = {
      voice,
      speaker: name,
      speaker_id: speakerId,
      length_scale: lengthScale,
      noise_scale: noiseScale,
      noise_w_scale: noiseWScale,
    };
    this.#fields = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  }

  /** The answer to a text. Where the server was exchanged for an older or a newer one, it is found out anew. */
  async ask(text: string, signal: AbortSignal): Promise<HttpAnswer> {
    const known = this.#manner;
    const answer = await this.#try(known ?? "synthesize", { text, signal });
    if (answer !== undefined) return answer;
    this.#manner = undefined;
    if (known !== undefined) return await this.ask(text, signal);
    const older = await this.#try(await this.#olderManner(signal), { text, signal });
    if (older !== undefined) return older;
    throw serviceError(this.#speaker.service, "config", {
      detail: "it knows none of the paths at which a Piper server speaks: check url",
    });
  }

  /** Those that it has; an old one does not tell. */
  async voices(signal: AbortSignal): Promise<readonly VoiceInfo[]> {
    const list = await this.#list(signal);
    if (list === undefined) return [];
    return Object.entries(checkReply(this.#speaker.service, list.json, voiceList)).map(
      ([name, { language, num_speakers: speakers = 1 }]) => ({
        name,
        ...(language !== undefined && { language: language.code.replace("_", "-") }),
        ...(speakers > 1 && { about: `${speakers} speakers` }),
      }),
    );
  }

  /** `undefined` where nobody speaks at the path. */
  async #try(
    manner: Manner,
    { text, signal }: { readonly text: string; readonly signal: AbortSignal },
  ): Promise<HttpAnswer | undefined> {
    const { service, http } = this.#speaker;
    const request = manner === "plain"
      ? { headers: { "Content-Type": "text/plain; charset=utf-8" }, body: this.#plain(text) }
      : {
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...this.#fields, text }),
      };
    const url = `${this.#base}/${manner === "synthesize" ? manner : ""}`;
    try {
      const answer = await http.fetch({ url, ...request }, signal);
      this.#manner = manner;
      return answer;
    } catch (thrown) {
      if (isMissing(thrown)) return undefined;
      if (!(thrown instanceof HttpRefusal)) throw connectionError(service, thrown);
      // It may be a newer one by now, which wants JSON where the text was.
      this.#manner = undefined;
      throw refusalOf(service, thrown, { text });
    }
  }

  /** Of those that know no `/synthesize`, the ones that list their voices take JSON; the others would read it aloud. */
  async #olderManner(signal: AbortSignal): Promise<Manner> {
    return await this.#list(signal) === undefined ? "plain" : "root";
  }

  #list(signal: AbortSignal): ReturnType<typeof listAt> {
    return listAt({ url: `${this.#base}/voices` }, this.#speaker, signal);
  }

  #plain(text: string): string {
    const [setting] = Object.keys(this.#fields);
    if (setting === undefined) return text;
    throw serviceError(this.#speaker.service, "config", {
      detail:
        `it is an old Piper, which speaks as it was started and takes no ${setting}: leave that out, or ` +
        "update it",
    });
  }
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof HttpRefusal && (thrown.status === 404 || thrown.status === 405);
}
