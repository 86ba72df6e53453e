/**
 * A gateway in a process of its own whose language model and voice are scripted and cost nothing: each answer is
 * `sentences` long, and each sentence 5 s of human speech as fast as it is taken, so what is measured is the gateway, its
 * encoder included. Arguments: the transport, and how many sentences an answer has.
 */
import { Gateway } from "../../../lib/app/mod.ts";
import { resample, toFloat32, toPcm16 } from "../../../lib/audio/mod.ts";
import { ownUsage, type ProcessUsage } from "../../../lib/device/load/mod.ts";
import { Scope, systemClock } from "../../../lib/lifecycle/mod.ts";
import type { SpeechSound, SpeechText, TtsProvider } from "../../../lib/tts/mod.ts";
import { configOf } from "../../support/config_of.ts";
import { FakeEngine } from "../../support/fake_engine.ts";
import { FakeLlm } from "../../support/fake_llm.ts";
import { serveMeasured } from "../../support/measured_server.ts";
import { builtIn } from "../../support/recognizers.ts";
import { JFK, speechClip } from "../../support/speech.ts";
import { TRANSPORTS } from "../../support/test_gateway.ts";

/** What it answers. */
export type AnsweringAnswers = {
  readonly usage: ProcessUsage;
  readonly metrics: { readonly text: string };
};

const HZ = 24_000;
const STRETCH_SAMPLES = HZ / 10;
/** How long each sentence sounds, in s. */
const SENTENCE_SECONDS = 5;

/** Says five seconds of a speech, whatever it is to say. */
class SpeechVoice implements TtsProvider {
  readonly name = "flite";
  readonly capabilities = { languages: "any", maxChars: 1_000, textIn: "whole" } as const;
  readonly #pcm = toPcm16(resample(toFloat32(speechClip(JFK).pcm), 16_000, HZ));
  #at = 0;

  async *speak(_speech: SpeechText, signal: AbortSignal): AsyncGenerator<SpeechSound, void> {
    for (let left = SENTENCE_SECONDS * HZ; left > 0; left -= STRETCH_SAMPLES) {
      signal.throwIfAborted();
      if (this.#at + STRETCH_SAMPLES > this.#pcm.length) this.#at = 0;
      const pcm = this.#pcm.slice(this.#at, this.#at += STRETCH_SAMPLES);
      yield await Promise.resolve({ pcm, sampleRateHz: HZ });
    }
  }
}

if (import.meta.main) {
  const [name = "deno", sentences = "5"] = Deno.args;
  const transport = TRANSPORTS.find((transport) => transport.name === name);
  if (transport === undefined) throw new Error(`Cannot serve: there is no transport ${name}`);
  const text = Array.from({ length: Number(sentences) }, (_, index) => `Here comes part ${index + 1} of it.`)
    .join(" ");
  await using scope = new Scope("pacing bench");
  const engine = new FakeEngine();
  const llm = new FakeLlm({
    clock: systemClock,
    name: "builtin",
    maxConcurrent: 1_000,
    script: () => ({ text }),
  });
  const gateway = new Gateway({
    config: configOf({
      server: { hostname: "127.0.0.1", port: 0, transport: name },
      agents: { default: { llm: "builtin", fillers: false, maxAnswerSeconds: 3_600 } },
      llm: { builtin: { type: "builtin", maxConcurrent: 1_000 } },
      tts: { flite: { type: "flite", maxStreams: 1_000 } },
    }),
    scope,
    engines: engine,
    recognizers: builtIn(engine),
    llms: new Map([["builtin", llm]]),
    voices: new Map([["flite", new SpeechVoice()]]),
    transport,
  });
  await gateway.listening;
  const { http, websocket } = gateway.urls[0];
  await serveMeasured(websocket, async (word) => {
    llm.calls.length = 0;
    if (word === "usage") return ownUsage();
    return { text: await (await fetch(new URL("/metrics", http))).text() };
  });
  Deno.exit(0);
}
