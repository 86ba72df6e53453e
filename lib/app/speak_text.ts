import {
  joinPcm,
  OggOpusMuxer,
  OpusDecoder,
  SPEECH_SAMPLE_RATE_HZ,
  SpeechEncoders,
  writeWav,
} from "../audio/mod.ts";
import { announcement, languageOf } from "../dialogue/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { raceSignal, type Scope, systemClock } from "../lifecycle/mod.ts";
import {
  TtsRunner,
  ttsServiceKeys,
  ttsTypeOf,
  Voice,
  voiceCapabilitiesOf,
  withBuiltInVoice,
} from "../tts/mod.ts";
import { agentNamed } from "./agent_named.ts";
import type { Config } from "./config.ts";
import { Engines } from "./engines.ts";
import type { UsedService } from "./needs.ts";
import type { Setup } from "./setup.ts";
import { openVoices } from "./speaking.ts";

/** How long one packet sounds, in ms. */
const FRAME_MS = 60;
/** How much sound one page of a file has, in ms. */
const PAGE_MS = 1_000;

/** The language (BCP 47) of a text in a script that none of the languages has. */
const UNDETERMINED = "und";

/** Who speaks. */
export interface Speaker {
  /** The voices, the next one of which takes over when one fails. */
  readonly voices: readonly [UsedService, ...UsedService[]];
  /** The languages (BCP 47) of what is spoken, the usual one first. */
  readonly languages: readonly [string, ...string[]];
  /** The models of embedded voices. */
  readonly models: readonly string[];
}

/** Sound as a device gets it: 24 kHz mono Opus, every piece equally loud. */
export interface SpokenText {
  readonly packets: readonly Uint8Array<ArrayBuffer>[];
  /** How long it is, in s. */
  readonly audioSeconds: number;
  /** How long the first sound took, in ms. */
  readonly firstSoundMs: number;
  /** The services that spoke. */
  readonly voices: readonly string[];
}

/**
 * The voices of an agent, or one voice of the config.
 *
 * @throws {EarshotError} `cli.usage` where there is no such agent or voice
 */
export function speakerOf(
  config: Pick<Config, "asr" | "llm" | "tts" | "agents">,
  { agent, voice }: { readonly agent?: string | undefined; readonly voice?: string | undefined },
): Speaker {
  const { tts, languages } = agentNamed(config, agent);
  const services = withBuiltInVoice(config.tts);
  const service = (name: string): UsedService => {
    const block = services[name];
    if (block !== undefined) return { name, block };
    const names = Object.keys(services).join(", ");
    throw new EarshotError("cli.usage", `Cannot speak with ${name}: the config has ${names}`);
  };
  const [first, ...rest] = voice === undefined ? tts : [voice] as const;
  const voices = [service(first), ...rest.map(service)] as const;
  // A voice that was named is for what it speaks, whatever the agent's languages.
  const own = voice === undefined ? [] : voices.map(({ block }) => voiceCapabilitiesOf(block).languages);
  const spoken = own.flatMap((languages) => languages === "any" ? [] : languages);
  const [usual, ...others] = languages;
  const all = [usual, ...others, ...spoken] as const;
  return {
    voices,
    languages: all,
    models: voices.flatMap(({ block }) => ttsTypeOf(block).models?.(block) ?? []),
  };
}

/** Speaks texts. */
export type SpeakText = (text: string, signal: AbortSignal) => Promise<SpokenText>;

/**
 * Opens voices; secrets and certificates are read now, and nothing is connected to yet.
 *
 * @throws {EarshotError} `config.secret`, `config.invalid`, `model.*`
 */
export async function openSpeaker(
  { voices: used, languages, models }: Speaker,
  { config, store, scope, signal }: Pick<Setup, "config" | "store"> & {
    /** Owns what is opened. */
    readonly scope: Scope;
    /** Gives up the opening. */
    readonly signal: AbortSignal;
  },
): Promise<SpeakText> {
  const clock = systemClock;
  const engines = await Engines.open({
    config,
    store,
    scope,
    clock,
    detection: false,
    voiceModels: models,
  });
  const providers = await openVoices(used, { store, engines, scope, clock, signal });
  // Loading what is embedded is no part of what is timed.
  await raceSignal(engines.warm(), signal);
  const runnerOf = ({ name, block }: UsedService) => {
    const provider = providers.get(name);
    if (provider === undefined) throw new EarshotError("internal", `Cannot speak: ${name} was not opened`);
    return new TtsRunner(provider, { ...ttsServiceKeys.parse(block), clock });
  };
  const [first, ...rest] = used;
  const speaker = new Voice([runnerOf(first), ...rest.map(runnerOf)]);
  const encoders = new SpeechEncoders({ scope, clock });
  return (text, signal) => speak(text, { speaker, encoders, languages, signal });
}

async function speak(
  text: string,
  { speaker, encoders, languages, signal }: {
    readonly speaker: Voice;
    readonly encoders: SpeechEncoders;
    readonly languages: Speaker["languages"];
    readonly signal: AbortSignal;
  },
): Promise<SpokenText> {
  const beganMs = performance.now();
  const encoder = encoders.open({ frameDurationMs: FRAME_MS, signal });
  const packets: Uint8Array<ArrayBuffer>[] = [];
  const voices = new Set<string>();
  let firstSoundMs: number | undefined;
  let speakable = false;
  try {
    for await (const event of announcement(text, { languages, clock: systemClock })) {
      if (event.type !== "piece" || event.spoken === "") continue;
      speakable = true;
      const language = languageOf(event.spoken, languages) ?? UNDETERMINED;
      if (language === UNDETERMINED && !speaker.speaks(language)) {
        const known = languages.join(", ");
        throw new EarshotError(
          "tts.language",
          `Cannot say the text: a part of it is not in a script of ${known}`,
        );
      }
      let begun = false;
      for await (const sound of speaker.speak({ text: event.spoken, language }, { signal, flow: encoder })) {
        firstSoundMs ??= performance.now() - beganMs;
        voices.add(sound.voice);
        if (!begun) encoder.piece({ voice: sound.voice });
        begun = true;
        packets.push(...await encoder.write(sound));
      }
      if (begun) packets.push(...(await encoder.endPiece()).packets);
    }
    packets.push(...await encoder.finish());
  } finally {
    encoder.close();
  }
  if (!speakable) throw new EarshotError("cli.usage", "Cannot say the text: there is no word in it to speak");
  if (firstSoundMs === undefined) {
    throw new EarshotError("tts.failed", "Cannot say the text: the voice made no sound of it");
  }
  return {
    packets,
    audioSeconds: packets.length * FRAME_MS / 1_000,
    firstSoundMs: Math.round(firstSoundMs),
    voices: [...voices],
  };
}

/** What is spoken, as a file of Ogg Opus. */
export function oggOf({ packets }: Pick<SpokenText, "packets">): Uint8Array<ArrayBuffer> {
  const muxer = new OggOpusMuxer({ pageMs: PAGE_MS });
  const pages = [muxer.head(SPEECH_SAMPLE_RATE_HZ)];
  for (const packet of packets) {
    pages.push(...[muxer.push(packet, FRAME_MS)].filter((page) => page !== undefined));
  }
  pages.push(muxer.end());
  const file = new Uint8Array(pages.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const page of pages) {
    file.set(page, at);
    at += page.length;
  }
  return file;
}

/** What is spoken, as a WAV file: 24 kHz mono, as a device decodes it. */
export function wavOf({ packets }: Pick<SpokenText, "packets">): Uint8Array<ArrayBuffer> {
  const decoder = new OpusDecoder({ sampleRateHz: SPEECH_SAMPLE_RATE_HZ });
  try {
    return writeWav(joinPcm(packets.map((packet) => decoder.decode(packet))), SPEECH_SAMPLE_RATE_HZ);
  } finally {
    decoder.close();
  }
}

/** What a device has played, 24 kHz mono, as a WAV file. */
export function playedWav(parts: readonly Int16Array[]): Uint8Array<ArrayBuffer> {
  return writeWav(joinPcm(parts), SPEECH_SAMPLE_RATE_HZ);
}
