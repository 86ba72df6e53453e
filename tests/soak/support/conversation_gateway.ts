/**
 * The gateway of `conversations.ts`: it hears by an engine that fails at times, answers by a language model and a voice on
 * sockets, and keeps what was said on disk. `held` says what it holds, `close` closes it.
 *
 *     deno run -A tests/soak/support/conversation_gateway.ts deno|ws SPEED PING_TIMEOUT_SECONDS LLM_URL VOICE_URL
 */
import { Gateway, type GatewayStats } from "../../../lib/app/mod.ts";
import { type CleanupReport, Scope } from "../../../lib/lifecycle/mod.ts";
import { Memory } from "../../../lib/memory/mod.ts";
import { loadTransport } from "../../../lib/server/mod.ts";
import { configOf } from "../../support/config_of.ts";
import { fastClock } from "../../support/fast_clock.ts";
import { type ProcessHeld, processHeld, serveMeasured } from "../../support/measured_server.ts";
import { openLlm } from "../../support/open_llm.ts";
import { openVoice } from "../../support/open_voice.ts";
import { builtIn } from "../../support/recognizers.ts";
import { CONVERSATION_CONFIG, UnsteadyEngine } from "./unsteady_engine.ts";

/** What it answers to `held`. */
export type ConversationsHeld = GatewayStats & ProcessHeld & {
  /** How many sessions have ended in which way. */
  readonly ends: Readonly<Record<string, number>>;
  /** What was not released in time, or failed, in sessions: the resource, and how the session ended. */
  readonly unclean: readonly string[];
};

/** What it answers to each word. */
export type ConversationAnswers = {
  readonly held: ConversationsHeld;
  readonly close: Pick<CleanupReport, "total" | "ok" | "timedOut" | "failed">;
};

if (import.meta.main) {
  const [name, speed, seconds, llmUrl, voiceUrl] = Deno.args;
  await using scope = new Scope("soak", { closeDeadlineMs: 20_000 });
  const engine = new UnsteadyEngine();
  const blocks = {
    llm: { type: "openai", url: llmUrl, model: "m", ...CONVERSATION_CONFIG.llm },
    tts: { type: "openai", url: voiceUrl, ...CONVERSATION_CONFIG.tts },
  };
  const config = configOf({
    server: {
      transport: name,
      hostname: "127.0.0.1",
      port: 0,
      // One transport pings by the gateway's clock, the other by the system's.
      pingTimeoutSeconds: Number(seconds) * (name === "ws" ? Number(speed) : 1),
    },
    session: CONVERSATION_CONFIG.session,
    asr: CONVERSATION_CONFIG.asr,
    llm: { openai: blocks.llm },
    tts: { openai: blocks.tts },
    agents: { default: { llm: "openai", tts: "openai", ...CONVERSATION_CONFIG.agent } },
  });
  const { enabled: _, ...bounds } = config.memory;
  const dir = await Deno.makeTempDir({ prefix: "earshot-conversations-" });
  const memory = await Memory.open({ dir, scope, config: bounds });
  const llm = await openLlm(blocks.llm);
  const voice = await openVoice(blocks.tts, { name: "openai" });
  scope.own("language model", () => llm.close?.());
  scope.own("voice", () => voice.close?.());
  const ends: Record<string, number> = {};
  const unclean: string[] = [];
  const gateway = new Gateway({
    config,
    transport: await loadTransport(config.server.transport),
    scope,
    clock: fastClock(Number(speed)),
    engines: engine,
    recognizers: builtIn(engine),
    llms: new Map([["openai", llm]]),
    voices: new Map([["openai", voice]]),
    memory,
    onEvent: (event) => {
      if (event.type !== "session_event" || event.event.type !== "closed") return;
      const { end: { type }, report: { failed, timedOut } } = event.event;
      ends[type] = (ends[type] ?? 0) + 1;
      const names = [...failed.map(({ name }) => name), ...timedOut];
      for (const name of names) unclean.push(`${type}: ${name.replace(/.*\//, "")}`);
    },
  });
  await gateway.listening;
  await serveMeasured(gateway.urls[0].websocket, async (word) => {
    if (word !== "close") return { ...gateway.stats, ...await processHeld(), ends, unclean };
    const { total, ok, timedOut, failed } = await gateway.close();
    return { total, ok, timedOut, failed };
  });
  await scope.close();
  await Deno.remove(dir, { recursive: true });
  Deno.exit(0);
}
