import { EarshotError } from "../../../lib/errors/mod.ts";
import { HttpClient, HttpRefusal } from "../../../lib/net/mod.ts";
import { soundOfBody, type SpeechSound, type TtsProvider } from "../../../lib/tts/mod.ts";
import { openVoice } from "../../support/open_voice.ts";
import { Ear } from "../ear.ts";
import { JOE_RATE_HZ, startPiper, startPiperStudio } from "../peers/piper.ts";
import { type Check, checked, type Finding, type Row } from "../table.ts";
import type { Trial, TrialContext } from "../trial.ts";

const TEXT = "The train to the city leaves at half past seven, and the next one an hour later.";
/** Piper says it another way each time, and of 0 to 4 words the ear made others; of noise it would make nothing. */
const MOST_WRONG = 6;

/** The voice en_US-joe-medium: behind Piper's own server, and behind one that speaks as OpenAI's does. */
export const piperTrial: Trial = { name: "piper", run: runTrial };

async function runTrial(context: TrialContext): Promise<readonly Finding[]> {
  await using ear = await Ear.open();
  return [...await ownServer(ear, context), ...await openaiServer(ear, context)];
}

/** There is no type for it yet: what it sends is read as every voice's answer is. */
async function ownServer(ear: Ear, { dir, signal }: TrialContext): Promise<readonly Finding[]> {
  await using peer = await startPiper({ dir, signal });
  const http = new HttpClient();
  const service = { family: "tts", name: "piper" } as const;
  const ask = async (text: string) => {
    const body = JSON.stringify({ text });
    const headers = { "content-type": "application/json" };
    const answer = await http.fetch({
      url: `http://127.0.0.1:${peer.port}/synthesize`,
      headers,
      body,
    }, signal);
    const contentType = answer.headers.get("content-type") ?? "";
    if (answer.body === null) throw new Error("Cannot go on: Piper's answer has no body");
    const sound = soundOfBody(answer.body, { service, contentType, sampleRateHz: 8_000 });
    return { contentType, sounds: await Array.fromAsync(sound) };
  };
  try {
    const { contentType, sounds } = await ask(TEXT);
    const refusal = await ask("").then(() => undefined, (thrown: unknown) => thrown);
    return [
      checked(
        "Piper's WAV is read as one, though it is labeled as a page",
        /text\/html/.test(contentType) && ratesOf(sounds) === String(JOE_RATE_HZ),
        `${contentType}, ${ratesOf(sounds)} Hz`,
      ),
      checked(
        "a text without a word is a page with status 500: no voice is asked for one",
        refusal instanceof HttpRefusal && refusal.status === 500 && /^<!doctype/i.test(refusal.body),
        refusal instanceof HttpRefusal ? `${refusal.status}` : String(refusal),
      ),
      await heardRow(ear, "Piper's own server, soundOfBody", { sounds, signal }),
    ];
  } finally {
    http.close();
  }
}

async function openaiServer(ear: Ear, { dir, signal }: TrialContext): Promise<readonly Finding[]> {
  await using peer = await startPiperStudio({ dir, signal });
  const findings: Finding[] = [];
  for (const format of ["pcm", "wav"]) {
    await withVoice(peer.port, { format }, async (voice) => {
      const beganMs = performance.now();
      const sounds = await Array.fromAsync(voice.speak({ text: TEXT, language: "en" }, signal));
      const tookMs = Math.round(performance.now() - beganMs);
      findings.push(
        checked(
          `${format} of a server that speaks as OpenAI's does has the rate of the voice`,
          ratesOf(sounds) === String(JOE_RATE_HZ),
          `${ratesOf(sounds)} Hz, ${tookMs} ms for ${secondsOf(sounds).toFixed(1)} s of sound`,
        ),
        await heardRow(ear, `Piper behind OpenAI's speech (${format})`, { sounds, signal }),
      );
    });
  }
  findings.push(await refusedFormat(peer.port, signal));
  return findings;
}

/** It has no ffmpeg, or it makes the sound: what it must not do is to hang or to send something that is played as noise. */
async function refusedFormat(port: number, signal: AbortSignal): Promise<Check> {
  return await withVoice(port, { format: "opus" }, async (voice) => {
    const outcome = await Array.fromAsync(voice.speak({ text: TEXT, language: "en" }, signal)).then(
      (sounds) => `${secondsOf(sounds).toFixed(1)} s of sound`,
      (thrown: unknown) => EarshotError.from(thrown).code,
    );
    return checked(
      "a format that the server lacks is a fault of the config",
      /^(tts\.config|[4-7]\.\d s of sound)$/.test(outcome),
      outcome,
    );
  });
}

async function withVoice<T>(
  port: number,
  settings: Readonly<Record<string, unknown>>,
  use: (voice: TtsProvider) => Promise<T>,
): Promise<T> {
  const url = `http://127.0.0.1:${port}/v1`;
  const voice = await openVoice({ type: "openai", url, model: "tts-1", ...settings });
  try {
    return await use(voice);
  } finally {
    await voice.close?.();
  }
}

async function heardRow(
  ear: Ear,
  what: string,
  { sounds, signal }: { readonly sounds: readonly SpeechSound[]; readonly signal: AbortSignal },
): Promise<Row> {
  const { wrong, of } = await ear.compare(TEXT, sounds, signal);
  return { type: "heard", what, wrong, bare: 0, of, unit: "words", allowed: MOST_WRONG };
}

function ratesOf(sounds: readonly SpeechSound[]): string {
  return [...new Set(sounds.map(({ sampleRateHz }) => sampleRateHz))].join(" and ");
}

function secondsOf(sounds: readonly SpeechSound[]): number {
  return sounds.reduce((sum, { pcm, sampleRateHz }) => sum + pcm.length / sampleRateHz, 0);
}
