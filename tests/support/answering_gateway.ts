import type { AuthParts } from "../../lib/app/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
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

  /** `agent` is the default agent; what `changes` say besides is as for any {@linkcode TestGateway}. */
  constructor(
    agent: Readonly<Record<string, unknown>> = {},
    changes: ConfigChanges = {},
    {
      llm = new FakeLlm({ clock: systemClock, name: "builtin" }),
      voice = new FakeVoice({ name: "flite" }),
      auth,
    }: {
      readonly llm?: FakeLlm;
      readonly voice?: FakeVoice;
      readonly auth?: AuthParts;
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
      ...(auth && { auth }),
    });
    this.engine = engine;
    this.llm = llm;
    this.voice = voice;
    this.memory = memory;
  }
}
