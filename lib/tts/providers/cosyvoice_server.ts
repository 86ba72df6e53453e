import { z } from "zod";
import { HttpClient, httpUrl } from "../../net/mod.ts";
import { configKeyOf } from "../../service/mod.ts";
import { type HttpSpeaker, speakOverHttp } from "../body/speak_over_http.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { readPromptWav } from "./cosyvoice_prompt.ts";

/** A longer text is spoken in parts: the server cuts it into sentences itself, and sends each when it has spoken it. */
const MAX_CHARS = 1_000;
/** What the models of each way speak, in Hz: CosyVoice 300M, and CosyVoice 2 and 3. */
const RATES_HZ = { speaker: 22_050, prompt: 24_000 } as const;

/** The server that is part of CosyVoice: a speaker of the model, or a voice that is like that of a recording. */
export const cosyvoiceServer: TtsProviderType = defineTtsProvider({
  type: "cosyvoiceServer",
  about: "the FastAPI server that is part of CosyVoice",
  config: {
    url: httpUrl.default("http://127.0.0.1:50000")
      .describe("the server; it has no accounts, so it belongs in your own network"),
    speaker: z.string().min(1).optional()
      .describe(
        "a speaker that the model was trained with (inference_sft), such as 中文女; at one that it does not know it " +
          "breaks its answer off",
      ),
    promptWav: z.string().min(1).optional()
      .describe(
        "a WAV file on this machine, at most 30 s, 16 kHz or more, whose voice it takes instead (inference_zero_shot); " +
          "another recording needs another file name, by which what was spoken is kept",
      ),
    promptText: z.string().min(1).optional().describe("what is said in promptWav"),
    languages: z.array(z.string().min(2)).min(1).optional()
      .describe("the languages that it speaks (BCP 47), such as [zh, en]; by default it may be any"),
    sampleRateHz: z.int().min(8_000).max(48_000).optional()
      .describe(
        "samples a second of its sound, which most builds do not say: by default 22050 for speaker (CosyVoice 300M), " +
          "24000 for promptWav (CosyVoice 2 and 3)",
      ),
  },
  check: ({ speaker, promptWav, promptText }, problem) => {
    if ((speaker === undefined) === (promptWav === undefined)) {
      problem("speaker", "give either a speaker of the model, or promptWav and promptText");
    }
    if ((promptText === undefined) !== (promptWav === undefined)) {
      problem("promptText", "it says what is said in promptWav: give both, or neither");
    }
  },
  capabilities: ({ languages }) => ({ languages: languages ?? "any", maxChars: MAX_CHARS, textIn: "whole" }),
  open: async ({ url, speaker, promptWav, promptText, sampleRateHz }, { service, trust }) => {
    const recording = promptWav === undefined
      ? undefined
      : await readPromptWav(`${configKeyOf(service)}.promptWav`, promptWav);
    const http = new HttpClient(trust);
    const cause = recording === undefined ? "know the speaker" : "understand promptWav";
    const server: HttpSpeaker = {
      service,
      http,
      sampleRateHz: sampleRateHz ?? (recording === undefined ? RATES_HZ.speaker : RATES_HZ.prompt),
      cutShort: `before any sound, as it does where it does not ${cause}`,
    };
    const path = recording === undefined ? "inference_sft" : "inference_zero_shot";
    return {
      speak: ({ text }, signal) => {
        const form = new FormData();
        form.set("tts_text", text);
        if (speaker !== undefined) form.set("spk_id", speaker);
        if (promptText !== undefined) form.set("prompt_text", promptText);
        if (recording !== undefined) form.set("prompt_wav", recording, "prompt.wav");
        return speakOverHttp(
          { url: `${url.replace(/\/$/, "")}/${path}`, body: form },
          server,
          { text, signal },
        );
      },
      close: () => http.close(),
    };
  },
});
