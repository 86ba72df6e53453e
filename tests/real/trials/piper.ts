import { EarshotError } from "../../../lib/errors/mod.ts";
import type { ServiceBlock } from "../../../lib/service/mod.ts";
import type { SpeechSound, TtsProvider } from "../../../lib/tts/mod.ts";
import { openVoice } from "../../support/open_voice.ts";
import { Ear } from "../ear.ts";
import { JOE, JOE_RATE_HZ, startPiper, startPiperStudio } from "../peers/piper.ts";
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

async function ownServer(ear: Ear, { dir, signal }: TrialContext): Promise<readonly Finding[]> {
  await using peer = await startPiper({ dir, signal });
  const url = `http://127.0.0.1:${peer.port}`;
  // Without its variations, it says a text the same way each time.
  return await withVoice({ type: "piper", url, noiseScale: 0, noiseWScale: 0 }, async (voice) => {
    const sounds = await Array.fromAsync(voice.speak({ text: TEXT, language: "en" }, signal));
    const named = await withVoice({ type: "piper", url, voice: "en_US-nobody-medium" }, async (voice) => {
      return await Array.fromAsync(voice.speak({ text: TEXT, language: "en" }, signal));
    });
    const voices = await voice.voices?.(signal) ?? [];
    const [label, refusal] = [await answerOf(url, TEXT, signal), await answerOf(url, "", signal)];
    return [
      checked(
        "Piper's WAV is read as one, though it is labeled as a page",
        /^200 text\/html/.test(label) && ratesOf(sounds) === String(JOE_RATE_HZ),
        `${label}, ${ratesOf(sounds)} Hz`,
      ),
      checked("a text without a word is a fault: no voice is asked for one", /^500/.test(refusal), refusal),
      checked(
        "a voice that it does not have is its default one",
        ratesOf(named) === String(JOE_RATE_HZ),
        `${secondsOf(named).toFixed(1)} s of sound`,
      ),
      checked(
        "it lists its voices",
        voices.some(({ name, language }) => name === JOE && language === "en-US"),
        JSON.stringify(voices),
      ),
      await heardRow(ear, "Piper's own server", { sounds, signal }),
    ];
  });
}

/** The status and the type of an answer. */
async function answerOf(url: string, text: string, signal: AbortSignal): Promise<string> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${url}/synthesize`, {
    method: "POST",
    headers,
    body: JSON.stringify({ text }),
    signal,
  });
  await answer.body?.cancel();
  return `${answer.status} ${answer.headers.get("content-type")}`;
}

async function openaiServer(ear: Ear, { dir, signal }: TrialContext): Promise<readonly Finding[]> {
  await using peer = await startPiperStudio({ dir, signal });
  const findings: Finding[] = [];
  for (const format of ["pcm", "wav"]) {
    await withVoice(openaiBlock(peer.port, format), async (voice) => {
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
  return await withVoice(openaiBlock(port, "opus"), async (voice) => {
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

function openaiBlock(port: number, format: string): ServiceBlock {
  return { type: "openai", url: `http://127.0.0.1:${port}/v1`, model: "tts-1", format };
}

async function withVoice<T>(block: ServiceBlock, use: (voice: TtsProvider) => Promise<T>): Promise<T> {
  const voice = await openVoice(block);
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
