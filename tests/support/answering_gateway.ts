import type { AsrProvider } from "../../lib/asr/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import type { VoiceprintProvider } from "../../lib/voiceprint/mod.ts";
import type { ConfigChanges } from "./config_of.ts";
import { FakeEngine } from "./fake_engine.ts";
import { FakeLlm } from "./fake_llm.ts";
import { FakeMemory } from "./fake_memory.ts";
import { FakeVoice } from "./fake_voice.ts";
import { TestGateway } from "./test_gateway.ts";

/** A gateway that answers: with a scripted language model and a scripted voice. */
export class AnsweringGateway extends TestGateway {
  readonly engine: FakeEngine;
  readonly llm: FakeLlm;
  readonly voice: FakeVoice;
  readonly memory: FakeMemory;

  /**
   * `agent` is the default agent; what `changes` say besides is as for any {@linkcode TestGateway}. It hears by its engine
   * unless a `service` is given.
   */
  constructor(
    agent: Readonly<Record<string, unknown>> = {},
    changes: ConfigChanges = {},
    {
      llm = new FakeLlm({ clock: systemClock, name: "builtin" }),
      voice = new FakeVoice({ name: "flite" }),
      service,
      voiceprint,
    }: {
      readonly llm?: FakeLlm;
      readonly voice?: FakeVoice;
      readonly service?: AsrProvider;
      readonly voiceprint?: VoiceprintProvider;
    } = {},
  ) {
    const engine = new FakeEngine();
    const memory = new FakeMemory();
    super(engine, {
      vad: { endSilenceMs: 200, pauseMs: 100 },
      ...changes,
      agents: { default: { llm: "builtin", fillers: false, ...agent } },
    }, {
      llms: new Map([["builtin", llm]]),
      voices: new Map([["flite", voice]]),
      memory,
      ...(service !== undefined && { service }),
      ...(voiceprint !== undefined && { voiceprint }),
    });
    this.engine = engine;
    this.llm = llm;
    this.voice = voice;
    this.memory = memory;
  }
}
