import type { Agent } from "../../lib/agents/mod.ts";
import { composeAgents } from "../../lib/app/compose_agents.ts";
import { Dialogue, type DialogueContext, type DialogueEvent } from "../../lib/dialogue/mod.ts";
import { Scope, systemClock } from "../../lib/lifecycle/mod.ts";
import { denoTransport, Server } from "../../lib/server/mod.ts";
import { createSessionCounters, type SessionEvent } from "../../lib/session/mod.ts";
import type { PromptContext, ToolEffect } from "../../lib/tools/mod.ts";
import { configOf } from "./config_of.ts";
import { FakeEngine } from "./fake_engine.ts";
import { FakeLlm } from "./fake_llm.ts";
import { FakeMemory } from "./fake_memory.ts";
import { FakeVoice } from "./fake_voice.ts";
import { builtIn } from "./recognizers.ts";
import { sessionServices } from "./session_services.ts";

/** What a {@linkcode EffectsGateway} answers: texts are spoken, effects are those of tools. */
export type ScriptedAnswer = readonly (string | ToolEffect)[];

/** A dialogue that answers by script. */
class ScriptedDialogue extends Dialogue {
  constructor(
    readonly script: (question: string, context: DialogueContext) => ScriptedAnswer,
  ) {
    super();
  }

  override answer(question: string, context: DialogueContext): AsyncIterableIterator<DialogueEvent> {
    return eventsOf(this.script(question, context));
  }
}

async function* eventsOf(answer: ScriptedAnswer): AsyncGenerator<DialogueEvent, undefined> {
  for (const part of answer) {
    await Promise.resolve();
    if (typeof part === "string") yield { type: "piece", text: part, spoken: part };
    else yield { type: "effect", effect: part };
  }
  yield { type: "ended", reason: "complete" };
}

/** A real server whose agents' tools ask for effects by script; disposing closes it and checks that nothing is left. */
export class EffectsGateway implements AsyncDisposable {
  readonly engine = new FakeEngine();
  readonly voice = new FakeVoice({ name: "flite" });
  readonly memory = new FakeMemory();
  readonly counters = createSessionCounters();
  readonly sessionEvents: SessionEvent[] = [];
  readonly #scope = new Scope("effects gateway", { closeDeadlineMs: 20_000 });
  readonly #server: Server;
  #devices = 0;
  /** What was asked of which agent, and what it was told. */
  readonly asked: { readonly question: string; readonly agent: string; readonly context: DialogueContext }[] =
    [];

  /** Serves at once. */
  constructor(
    script: (question: string) => ScriptedAnswer,
    { contexts = new Map(), agent = {} }: {
      readonly contexts?: ReadonlyMap<string, PromptContext>;
      readonly agent?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    const clock = systemClock;
    const config = configOf({
      vad: { endSilenceMs: 200, pauseMs: 100 },
      server: { transport: "deno", hostname: "127.0.0.1", port: 0 },
      agents: {
        default: {
          llm: "builtin",
          tts: "flite",
          fillers: false,
          answerAhead: "off",
          switchTo: ["kids"],
          ...agent,
        },
        kids: { switchTo: ["default"] },
      },
    });
    const { agents } = composeAgents(config, {
      recognizers: builtIn(this.engine),
      llms: new Map([["builtin", new FakeLlm({ clock, name: "builtin" })]]),
      voices: new Map([["flite", this.voice]]),
    }, { clock, contexts });
    const scripted = ({ answers, ...agent }: Agent): Agent => ({
      ...agent,
      answers: answers && {
        ...answers,
        dialogue: new ScriptedDialogue((question, context) => {
          this.asked.push({ question, agent: agent.name, context });
          return script(question);
        }),
      },
    });
    const services = sessionServices(this.engine, {
      clock,
      config,
      scope: this.#scope,
      counters: this.counters,
      memory: this.memory,
      agentOf: (deviceId) => scripted(agents.of(deviceId)),
      agentNamed: (name) => {
        const found = agents.named(name);
        return found && scripted(found);
      },
    });
    this.#scope.own("vad", () => services.vad.close());
    this.#scope.own("inboxes", () => services.inboxes.close());
    this.#server = new Server({
      config: config.server,
      auth: config.auth,
      authParts: {},
      transport: denoTransport,
      scope: this.#scope.child("server"),
      clock,
      readiness: () => ({ ready: true, detail: "listening" }),
      health: () => ({}),
      metrics: { contentType: "text/plain", text: () => Promise.resolve("") },
      onEvent: (event) => {
        if (event.type === "session_event") this.sessionEvents.push(event.event);
      },
      services,
    });
  }

  /** The ids of another device each time: what is said on one that has none is not kept. */
  get ids(): Readonly<Record<string, string>> {
    const number = (++this.#devices).toString(16).padStart(4, "0");
    return {
      "Device-Id": `02:00:00:ef:${number.slice(0, 2)}:${number.slice(2)}`,
      "Client-Id": `client-${number}`,
    };
  }

  /** What a device that a test leads connects to. */
  get gateway(): { readonly listening: Promise<void> } {
    return this.#server;
  }

  /** The WebSocket address. */
  get url(): URL {
    return new URL(`ws://127.0.0.1:${this.#server.port}/xiaozhi/v1/`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const report = await this.#scope.close();
    if (report.ok !== report.total) throw new Error(`Cannot end the test: ${JSON.stringify(report)}`);
  }
}
