import { z } from "zod";
import { spokenLanguage } from "../../engine/mod.ts";
import type { EarshotError } from "../../errors/mod.ts";
import { HttpClient, type HttpRefusal, httpUrl } from "../../net/mod.ts";
import { jsonOf, type ServiceName } from "../../service/mod.ts";
import { soundOfAnswer } from "../body/sound_of_answer.ts";
import { askForSpeech, refusalOf } from "../body/speak_over_http.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { withoutVorbis } from "./gpt_sovits_body.ts";

/** The models lose the thread in longer texts. */
const MAX_CHARS = 500;
/** What the models speak, by the servers' names, which are those of BCP 47. */
const LANGUAGES = ["zh", "yue", "en", "ja", "ko"];
/** What the fields of the requests are called that have a key of their own, of either server. */
const OWN_FIELDS = new Set([
  "text",
  "text_lang",
  "text_language",
  "ref_audio_path",
  "refer_wav_path",
  "prompt_lang",
  "prompt_language",
  "prompt_text",
  "text_split_method",
  "streaming_mode",
  "media_type",
  "speed_factor",
  "speed",
]);
const languageName = z.string().regex(/^[a-z_]+$/, "give a name such as zh, en, ja, all_zh or auto");

/** GPT-SoVITS: a voice that is like that of a recording. */
export const gptSovits: TtsProviderType = defineTtsProvider({
  type: "gptSovits",
  about: "GPT-SoVITS: api_v2.py, or the older api.py",
  config: {
    url: httpUrl.default("http://127.0.0.1:9880")
      .describe(
        "the server; whoever reaches it can also end it (/control), so it belongs in your own network, or on this machine",
      ),
    api: z.enum(["v2", "v1"]).default("v2").describe("v2 for api_v2.py, v1 for the older api.py"),
    refAudioPath: z.string().min(1).optional()
      .describe(
        "the recording whose voice it takes, 3 to 10 s: a path on the server's own disk; api.py may have been started " +
          "with one",
      ),
    promptText: z.string().min(1).optional().describe("what is said in that recording"),
    promptLang: languageName.optional().describe("the language of that recording: zh, yue, en, ja, ko"),
    textLang: languageName.optional()
      .describe(
        "the language that every text is read in, such as auto or all_zh; by default that of the sentence: zh, yue, en, ja, ko",
      ),
    languages: z.array(z.string().min(2)).min(1).optional()
      .describe(
        "the languages that it speaks (BCP 47); by default [zh, yue, en, ja, ko], of which a v1 model lacks yue and ko",
      ),
    splitMethod: z.enum(["cut0", "cut1", "cut2", "cut3", "cut4", "cut5"]).default("cut5")
      .describe("api_v2.py: where it cuts a text: cut0 nowhere, cut5 at every mark of punctuation"),
    streamingMode: z.int().min(0).max(3).default(1)
      .describe(
        "api_v2.py: 0 sends a text's sound at once, 1 part by part; newer ones also know 2, sooner, and 3, sooner and worse",
      ),
    speed: z.number().min(0.25).max(4).optional().describe("how fast it speaks, 0.25 to 4; 1 is usual"),
    sampleRateHz: z.int().min(8_000).max(48_000).default(32_000)
      .describe(
        "samples a second of sound without a header, which only api.py sends, where it streams: 32000 (v1, v2), 24000 (v3), 48000 (v4)",
      ),
    extra: z.record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()])).default({})
      .describe("further fields of the request, such as { top_k: 15, temperature: 0.8 }"),
  },
  check: ({ api, refAudioPath, promptLang, promptText, extra }, problem) => {
    if (api === "v2" && refAudioPath === undefined) {
      problem("refAudioPath", "api_v2.py needs a recording: a path on the server's own disk");
    }
    if (refAudioPath !== undefined && promptLang === undefined) {
      problem("promptLang", "say the language of refAudioPath, such as zh");
    }
    if (api === "v1" && refAudioPath !== undefined && promptText === undefined) {
      problem("promptText", "api.py takes its own recording unless it is told what is said in this one");
    }
    for (const field of Object.keys(extra)) {
      if (OWN_FIELDS.has(field)) problem("extra", `${field} has a key of its own beside extra`);
    }
  },
  capabilities: ({ languages, textLang }) => ({
    languages: languages ?? (textLang === undefined ? LANGUAGES : "any"),
    maxChars: MAX_CHARS,
    textIn: "whole",
  }),
  open: ({ url, sampleRateHz, languages: _, ...settings }, { service, trust }) => {
    const http = new HttpClient(trust);
    const { api } = settings;
    const speaker = {
      service,
      http,
      sampleRateHz,
      refusal: (refusal: HttpRefusal, text: string) => meaningOf(service, refusal, { text, api }),
      cutShort:
        "before any sound, as it does where it cannot use refAudioPath (3 to 10 s, on its own disk) or does not " +
        "know promptLang or textLang",
    };
    const base = url.replace(/\/$/, "");
    return {
      speak: async function* ({ text, language }, signal) {
        const request = {
          url: api === "v2" ? `${base}/tts` : `${base}/`,
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(fieldsOf(text, { language, ...settings })),
        };
        const answer = await askForSpeech(request, speaker, { text, signal });
        if (answer === undefined) return;
        const { url, status, headers, body } = answer;
        const sound = body && withoutVorbis(body, service);
        yield* soundOfAnswer({ url, status, headers, body: sound }, speaker, signal);
      },
      close: () => http.close(),
    };
  },
});

/** What is asked for besides the text. */
interface SovitsSettings {
  readonly api: "v2" | "v1";
  readonly language: string;
  readonly refAudioPath?: string | undefined;
  readonly promptText?: string | undefined;
  readonly promptLang?: string | undefined;
  readonly textLang?: string | undefined;
  readonly splitMethod: string;
  readonly streamingMode: number;
  readonly speed?: number | undefined;
  readonly extra: Readonly<Record<string, unknown>>;
}

function fieldsOf(text: string, settings: SovitsSettings): Readonly<Record<string, unknown>> {
  const { api, refAudioPath, promptText, promptLang, splitMethod, streamingMode, speed, extra } = settings;
  const spoken = spokenLanguage(settings.language);
  const textLang = settings.textLang ?? (LANGUAGES.includes(spoken) ? spoken : "auto");
  const fields = api === "v2"
    ? {
      text_lang: textLang,
      ref_audio_path: refAudioPath,
      prompt_lang: promptLang,
      prompt_text: promptText,
      text_split_method: splitMethod,
      // The older of them know a boolean only.
      streaming_mode: streamingMode > 1 ? streamingMode : streamingMode === 1,
      media_type: "wav",
      speed_factor: speed,
    }
    : {
      text_language: textLang,
      refer_wav_path: refAudioPath,
      prompt_language: promptLang,
      prompt_text: promptText,
      speed,
    };
  return { ...extra, ...fields, text };
}

const failure = z.looseObject({
  message: z.string().default(""),
  Exception: z.string().default(""),
});

/** Every fault has the status 400, and what went wrong within has the message "tts failed". */
function meaningOf(
  service: ServiceName,
  refusal: HttpRefusal,
  { text, api }: { readonly text: string; readonly api: "v2" | "v1" },
): EarshotError {
  const { status, body } = refusal;
  if (status === 404 || status === 405) {
    const [mine, other] = api === "v2" ? ["api_v2.py", "v1"] : ["api.py", "v2"];
    return refusalOf(service, refusal, {
      text,
      words: "",
      remedy: `it is no ${mine}: set api: ${other}, or check url`,
    });
  }
  const read = failure.safeParse(jsonOf(body));
  if (status !== 400 || !read.success) return refusalOf(service, refusal, { text });
  const { message, Exception: exception } = read.data;
  const words = [message, exception].filter((part) => part !== "").join(": ");
  if (message !== "tts failed") return refusalOf(service, refusal, { text, words });
  const isReference = /not exist|no such file|3.{0,3}10/i.test(exception);
  return refusalOf(service, refusal, {
    text,
    words,
    fault: isReference ? "config" : "failed",
    ...(isReference && { remedy: "refAudioPath is a file on the server's own disk, 3 to 10 s long" }),
  });
}
