import { writeWav } from "../../../lib/audio/mod.ts";
import type { SpeechAnswer, SpeechDialect, SpeechRequest } from "./speech_emulator.ts";

/** What a Piper server is. */
export interface PiperManner {
  /** `synthesize`: of 2026; `root`: JSON at `/`; `plain`: the text at `/`, and no list of voices. */
  readonly build?: "synthesize" | "root" | "plain";
}

const PAGE = "text/html; charset=utf-8";
const FIELDS = new Set([
  "text",
  "voice",
  "speaker",
  "speaker_id",
  "length_scale",
  "noise_scale",
  "noise_w_scale",
]);

/** Piper's HTTP server: it labels its sound as a page, and answers every fault with a page and 500. */
export function piperServer(manner: PiperManner | (() => PiperManner) = {}): SpeechDialect {
  return {
    refusal: () => page(500, "Internal Server Error"),
    answer: (request, { script, violation }) => {
      const { build = "synthesize" } = typeof manner === "function" ? manner() : manner;
      const { method, url } = request;
      if (method === "GET" && url === "/voices" && build !== "plain") return VOICES;
      if (method !== "POST") return page(404, "Not Found");
      if (url !== (build === "synthesize" ? "/synthesize" : "/")) {
        return build === "synthesize" && url === "/"
          ? page(405, "Method Not Allowed")
          : page(404, "Not Found");
      }
      const text = build === "plain" ? plainText(request, violation) : textOf(request, violation);
      // No JSON, nothing to speak, and what this build makes nothing of.
      if (text.trim() === "" || (build === "synthesize" && script.fault?.what === "empty")) {
        return page(500, "Internal Server Error");
      }
      return { type: "speech", text, contentType: PAGE };
    },
    body: (pcm, sampleRateHz) => writeWav(pcm, sampleRateHz),
  };
}

function textOf({ headers, body }: SpeechRequest, violation: (what: string) => void): string {
  if (headers["content-type"] !== "application/json") return "";
  const fields = JSON.parse(body);
  const unknown = Object.keys(fields).filter((name) => !FIELDS.has(name));
  if (unknown.length > 0) violation(`the fields ${unknown.join(", ")}`);
  for (const name of ["length_scale", "noise_scale", "noise_w_scale", "speaker_id"]) {
    if (name in fields && typeof fields[name] !== "number") violation(`${name} is no number`);
  }
  return String(fields.text);
}

/** It reads the whole body aloud, whatever that is. */
function plainText({ body }: SpeechRequest, violation: (what: string) => void): string {
  if (body.startsWith("{")) violation("JSON, which is read aloud");
  return body;
}

function page(status: number, title: string): SpeechAnswer {
  return {
    type: "refusal",
    status,
    contentType: PAGE,
    body: `<!doctype html>\n<html lang=en>\n<title>${status} ${title}</title>\n<h1>${title}</h1>\n`,
  };
}

const VOICES: SpeechAnswer = {
  type: "refusal",
  status: 200,
  body: JSON.stringify({
    "en_US-joe-medium": {
      audio: { sample_rate: 22_050, quality: "medium" },
      language: { code: "en_US", family: "en" },
      num_speakers: 1,
    },
    "de_DE-mls-medium": { language: { code: "de_DE" }, num_speakers: 236 },
    "home-made": { espeak: { voice: "en-us" } },
  }),
};
