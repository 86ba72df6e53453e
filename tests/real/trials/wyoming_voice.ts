import { EarshotError } from "../../../lib/errors/mod.ts";
import { Channel } from "../../../lib/lifecycle/mod.ts";
import { openOutboundSockets } from "../../../lib/net/mod.ts";
import type { SpeechSound, TtsProvider } from "../../../lib/tts/mod.ts";
import { openVoice } from "../../support/open_voice.ts";
import { spokenBy } from "../../support/spoken_by.ts";
import { until } from "../../support/until.ts";
import { countSpoken } from "../clips.ts";
import { Ear } from "../ear.ts";
import { JOE, JOE_RATE_HZ, startWyomingPiper } from "../peers/piper.ts";
import { type Check, checked, type Finding, type Row, say } from "../table.ts";
import type { Trial, TrialContext } from "../trial.ts";

const FIRST = "The train to the city leaves at half past seven. ";
const REST = "The next one leaves an hour later, and the last one at midnight.";
const TEXT = FIRST + REST;
/** As with Piper's own server. */
const MOST_WRONG = 6;
/** A machine that does other things as well. */
const PATIENCE = { timeoutMs: 60_000 };

/** The voice en_US-joe-medium behind wyoming-piper: whole texts, and texts that are being written. */
export const wyomingVoiceTrial: Trial = { name: "wyoming-voice", run: runTrial };

async function runTrial(context: TrialContext): Promise<readonly Finding[]> {
  await using ear = await Ear.open();
  return [
    ...await tried(ear, { ...context, streaming: true }),
    ...await tried(ear, { ...context, streaming: false }),
  ];
}

async function tried(
  ear: Ear,
  { dir, signal, streaming }: TrialContext & { readonly streaming: boolean },
): Promise<readonly Finding[]> {
  await using peer = await startWyomingPiper({ dir, signal, streaming });
  const url = `tcp://127.0.0.1:${peer.port}`;
  const voice = await openVoice({ type: "wyoming", url, voice: JOE });
  const how = streaming ? "wyoming-piper" : "wyoming-piper that does not stream";
  const findings: Finding[] = [];
  if (streaming) {
    findings.push(
      await lists(voice, signal),
      await heard(ear, `${how}, a whole text`, await said(voice, TEXT, signal), signal),
    );
  }
  findings.push(...await written(ear, { voice, how, signal }));
  findings.push(await canceled(voice, { how, signal }));
  if (streaming) findings.push(await unknownVoice(url, signal));
  await voice.close?.();
  return findings;
}

async function lists(voice: TtsProvider, signal: AbortSignal): Promise<Check> {
  const voices = await voice.voices?.(signal) ?? [];
  const joe = voices.find(({ name }) => name === JOE);
  return checked(
    "it lists its voices",
    joe?.language === "en-US",
    `${voices.length} voices, ${JSON.stringify(joe)}`,
  );
}

/** The sound of the first sentence comes while the second one is not yet written. */
async function written(
  ear: Ear,
  { voice, how, signal }: { readonly voice: TtsProvider; readonly how: string; readonly signal: AbortSignal },
): Promise<readonly Finding[]> {
  const text = new Channel<string>(1_000);
  const sounds: SpeechSound[] = [];
  const beganMs = performance.now();
  let firstMs = NaN;
  const speaking = (async () => {
    for await (const sound of spokenBy(voice, text, signal)) {
      if (sounds.length === 0) firstMs = performance.now() - beganMs;
      sounds.push(sound);
    }
  })();
  // A failure is told below, not while something else is waited for.
  speaking.catch(() => {});
  const failed = Promise.race([speaking, new Promise<never>(() => {})]);
  const [firstWord = "", ...words] = REST.split(/(?<= )/);
  for (const part of [...FIRST.split(/(?<= )/), firstWord]) await text.send(part);
  await Promise.race([until(() => secondsOf(sounds) > 1, "the first sentence", PATIENCE), failed]);
  const early = secondsOf(sounds);
  for (const part of words) await text.send(part);
  text.close();
  await speaking;
  return [
    checked(
      `${how}: the first sentence sounds before the second one is written`,
      early > 1 && ratesOf(sounds) === String(JOE_RATE_HZ),
      `first sound after ${Math.round(firstMs)} ms, ${early.toFixed(1)} of ${
        secondsOf(sounds).toFixed(1)
      } s came then`,
    ),
    await heard(ear, `${how}, a text word by word`, sounds, signal),
  ];
}

/** Nothing is left here, and the server takes the next text. */
async function canceled(
  voice: TtsProvider,
  { how, signal }: { readonly how: string; readonly signal: AbortSignal },
): Promise<Check> {
  const text = new Channel<string>(1_000);
  const cancel = new AbortController();
  for (const part of [FIRST, FIRST, FIRST, "And"]) await text.send(part);
  const outcome = (async () => {
    for await (const _sound of spokenBy(voice, text, AbortSignal.any([signal, cancel.signal]))) {
      cancel.abort();
    }
  })();
  const code = await outcome.then(() => "whole", (thrown: unknown) => EarshotError.from(thrown).code);
  text.close();
  await until(() => openOutboundSockets() === 0, "the connection ends");
  const beganMs = performance.now();
  const next = await said(voice, FIRST, signal);
  return checked(
    `${how}: after a text that is canceled in mid-sound, the next one is spoken`,
    code === "canceled" && secondsOf(next) > 1,
    `${code}, ${secondsOf(next).toFixed(1)} s of sound after ${Math.round(performance.now() - beganMs)} ms`,
  );
}

async function unknownVoice(url: string, signal: AbortSignal): Promise<Check> {
  const voice = await openVoice({ type: "wyoming", url, voice: "en_US-nobody-medium" });
  const outcome = await said(voice, FIRST, signal).then(
    (sounds) => `${secondsOf(sounds).toFixed(1)} s of sound`,
    (thrown: unknown) => `${EarshotError.from(thrown).code}: ${EarshotError.from(thrown).message}`,
  );
  return checked(
    "a voice that nobody has is a fault of the config",
    outcome.startsWith("tts.config"),
    outcome,
  );
}

async function said(voice: TtsProvider, text: string, signal: AbortSignal): Promise<readonly SpeechSound[]> {
  return await Array.fromAsync(voice.speak({ text: text.trim(), language: "en" }, signal));
}

async function heard(
  ear: Ear,
  what: string,
  sounds: readonly SpeechSound[],
  signal: AbortSignal,
): Promise<Row> {
  const text = await ear.hear(sounds, signal);
  say(`  said:  ${TEXT}\n  heard: ${text}`);
  const { wrong, of } = await countSpoken(TEXT, text);
  return { type: "heard", what, wrong, bare: 0, of, unit: "words", allowed: MOST_WRONG };
}

function ratesOf(sounds: readonly SpeechSound[]): string {
  return [...new Set(sounds.map(({ sampleRateHz }) => sampleRateHz))].join(" and ");
}

function secondsOf(sounds: readonly SpeechSound[]): number {
  return sounds.reduce((sum, { pcm, sampleRateHz }) => sum + pcm.length / sampleRateHz, 0);
}
