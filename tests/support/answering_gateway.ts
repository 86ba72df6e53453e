import type { AuthParts, Config, GatewayParts } from "../../lib/app/mod.ts";
import type { AsrProvider } from "../../lib/asr/mod.ts";
import { type Clock, systemClock } from "../../lib/lifecycle/mod.ts";
import type { VoiceprintProvider } from "../../lib/voiceprint/mod.ts";
import type { ConfigChanges } from "./config_of.ts";
import { FakeEngine } from "./fake_engine.ts";
import { FakeLlm } from "./fake_llm.ts";
import { FakeMemory } from "./fake_memory.ts";
import { FakeVoice } from "./fake_voice.ts";
import { TestGateway } from "./test_gateway.ts";

const OPERATOR = "canary-operator";

/** A gateway that answers: with a scripted language model and a scripted voice. */
export class AnsweringGateway extends TestGateway {
  readonly engine: FakeEngine;
  readonly llm: FakeLlm;
  readonly voice: FakeVoice;
  readonly memory: FakeMemory;
  #devices = 0;

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
      voices = [],
      memory = new FakeMemory(),
      service,
      ...options
    }: {
      readonly llm?: FakeLlm;
      readonly voice?: FakeVoice;
      /** Further ones. */
      readonly voices?: readonly FakeVoice[];
      readonly auth?: AuthParts;
      /** What hears, in the place of the engine. */
      readonly service?: AsrProvider;
      /** What was said before, on another gateway. */
      readonly memory?: FakeMemory;
      readonly toolsConfig?: Config["tools"];
      readonly clock?: Clock;
      readonly speechDir?: string;
      readonly automation?: GatewayParts["automation"];
      readonly voiceprint?: VoiceprintProvider;
      /** What may be called besides what devices and the gateway have. */
      readonly tools?: GatewayParts["tools"];
      /** Where agents get what their language models should know. */
      readonly contexts?: GatewayParts["contexts"];
    } = {},
  ) {
    const engine = new FakeEngine();
    super(engine, {
      vad: { endSilenceMs: 200, pauseMs: 100 },
      ...changes,
      agents: { default: { llm: llm.name, tts: voice.name, fillers: false, ...agent } },
    }, {
      llms: new Map([[llm.name, llm]]),
      voices: new Map([voice, ...voices].map((each) => [each.name, each])),
      memory,
      ...(service !== undefined && { service }),
      auth: { operatorToken: OPERATOR },
      ...options,
    });
    this.engine = engine;
    this.llm = llm;
    this.voice = voice;
    this.memory = memory;
  }

  /** The ids of another device each time: what is said on one that has none is not kept. */
  get ids(): Readonly<Record<string, string>> {
    const number = (++this.#devices).toString(16).padStart(4, "0");
    return {
      "Device-Id": `02:00:00:da:${number.slice(0, 2)}:${number.slice(2)}`,
      "Client-Id": `7b1f9f0e-0000-4000-8000-00000000${number}`,
    };
  }

  /** Erases what a device has said, as its operator does. */
  async erase(deviceId: string): Promise<void> {
    const headers = { authorization: `Bearer ${OPERATOR}` };
    const response = await fetch(this.http(`/memory/${deviceId}`), { method: "DELETE", headers });
    if (!response.ok) throw new Error(`Cannot go on: ${response.status} ${await response.text()}`);
    await response.body?.cancel();
  }
}
