import { assert, assertEquals } from "@std/assert";
import type { Transport } from "../../../lib/server/mod.ts";
import { EmulatedServices } from "../../support/emulated_services.ts";
import type { LlmBehavior, LlmExchange } from "../../support/emulators/llm_behavior.ts";
import { fastClock } from "../../support/fast_clock.ts";
import { FakeMemory } from "../../support/fake_memory.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { embeddedOver } from "../../support/open_voice.ts";
import { TestGateway } from "../../support/test_gateway.ts";
import { longTone } from "../../support/tones.ts";
import { until } from "../../support/until.ts";
import { checkRecord, follow, SENTENCES } from "./answer_checks.ts";
import type { AnswerCell, AnswerFault, AnswerStateName } from "./answer_fault.ts";
import { DEVICE_HEADERS } from "./device_headers.ts";
import { CalledTool } from "./called_tool.ts";
import { type EngineControl, openEngine } from "./engine_control.ts";

/** Where an answer may be when something goes wrong. */
export const ANSWER_STATES: readonly AnswerStateName[] = ["thinking", "speaking"];

/** How much faster than time the gateway's clock goes: answers play as much faster. */
const SPEED = 4;
/** The token of it at which an answer goes wrong before it is heard, and after that. */
const TOKENS: Readonly<Record<AnswerStateName, number>> = { thinking: 1, speaking: 8 };
/** How long a sentence of the voice sounds, by the gateway's clock. */
const SENTENCE_SECONDS = 3;

/** How long whoever is to be given up may be silent, and whoever is not, however busy the machine is; in ms. */
const IMPATIENT_MS = 4_000;
const PATIENT_MS = 100_000;

/** Short deadlines where one is to pass. */
function deadlinesFor({ outcome, except = {} }: AnswerFault) {
  const codes = [outcome, ...Object.values(except)].flatMap((each) => each.type === "told" ? each.codes : []);
  const llmMs = codes.includes("llm.timeout") ? IMPATIENT_MS : PATIENT_MS;
  const ttsMs = codes.includes("tts.timeout") ? IMPATIENT_MS : PATIENT_MS;
  return {
    llm: { headersTimeoutMs: llmMs, firstTokenTimeoutMs: llmMs, tokenTimeoutMs: llmMs },
    tts: { firstSoundTimeoutMs: ttsMs, stallTimeoutMs: ttsMs },
  };
}

const typed = (text: string) => ({ type: "listen", state: "detect", text });
const goodVoice = {
  soundOf: (_text: string, rate: number) => longTone(SENTENCE_SECONDS, rate),
};

/**
 * Brings a device into the state, has the answer go wrong, and throws unless it comes to what it should: the turn ends in
 * `tts stop` for whoever can hear, what is wrong is shown and said, the record says what was heard, nothing stays open at
 * the services, and the next question is answered. Says what came of the answer.
 */
export async function runAnswerCell(
  http: Transport["name"],
  fault: AnswerFault,
  state: AnswerStateName,
): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const control = stack.use(await openEngine(fault.voice === "engine" ? "process" : "scripted"));
  const services = stack.use(await EmulatedServices.open(deadlinesFor(fault)));
  const memory = new FakeMemory();
  const tool = fault.tool && stack.use(await CalledTool.open(fault.tool.script));
  const gateway = stack.use(openGateway(http, fault, { control, services, memory, tool }));
  await gateway.gateway.listening;
  const device = stack.use(
    await (tool?.greet(gateway, DEVICE_HEADERS) ?? HandDevice.greet(gateway, { headers: DEVICE_HEADERS })),
  );
  const cell: AnswerCell = {
    gateway,
    device,
    services,
    control,
    ...(tool && { tool }),
    stack: stack.use(new AsyncDisposableStack()),
  };
  await (state === "thinking" ? strikeThinking : strikeSpeaking)(cell, fault);

  const outcome = fault.except?.[state] ?? fault.outcome;
  const became = await follow(cell, outcome, fault);
  await until(() => services.pending === 0, "the end of every request");
  const records = state === "speaking" && typeof fault.llm === "object" ? 2 : 1;
  await until(() => memory.entries.length >= records, "the record");
  assertEquals(memory.entries.length, records, JSON.stringify(memory.entries));
  checkRecord(memory, outcome, state);
  if (fault.tool !== undefined) {
    assertEquals(memory.entries.at(-1)?.steps.map(({ status }) => status), fault.tool.steps);
  }
  await fault.mend?.(cell);
  if (outcome.type !== "ended") await askAgain(cell, { fault, memory });
  await until(() => (tool?.pending ?? 0) === 0, "the end of every call");
  device.drop();
  await cell.stack.disposeAsync();
  const report = await gateway.gateway.close();
  assertEquals(report.failed, [], "clean-up failed");
  for (const event of gateway.sessionEvents) {
    if (event.type !== "closed") continue;
    assertEquals(event.report.failed, [], "a session's clean-up failed");
    const late = event.report.timedOut.filter((name) => !(fault.deaf === true && name.endsWith("/socket")));
    assertEquals(late, [], "a session's clean-up was late");
  }
  return became;
}

function openGateway(
  http: Transport["name"],
  { agent, voice }: AnswerFault,
  { control, services, memory, tool }: {
    readonly control: EngineControl;
    readonly services: EmulatedServices;
    readonly memory: FakeMemory;
    readonly tool: CalledTool | undefined;
  },
): TestGateway {
  const { engine } = control;
  const ofEngine = voice === "engine";
  const { llms, voices } = services.providers;
  const tts = ofEngine ? { tts: "flite" } : {};
  return new TestGateway(engine, {
    speechCache: { diskCacheBytes: 0 },
    ...services.config({ ...tts, ...(tool && { tools: [tool.allow] }), ...agent }),
    tools: { open: true, ...(tool?.servers && { servers: tool.servers }) },
    // The one transport pings by the gateway's clock: a busy machine is given as long as usual.
    server: { transport: http, ...(http === "ws" && { pingTimeoutSeconds: 8 * SPEED }) },
    session: { slowReaderMs: 1_000 },
    vad: { endSilenceMs: 400 },
  }, {
    clock: fastClock(SPEED),
    llms,
    voices: ofEngine ? new Map([["flite", embeddedOver(control, "flite")]]) : voices,
    memory,
    tools: tool?.parts,
  });
}

/** What the language model does where nothing is wrong with it: it calls, says one part before it and the other after it. */
function usually({ tool }: AnswerCell, fault: AnswerFault, before: number): LlmBehavior {
  if (tool === undefined) return { answer: SENTENCES.join(" ") };
  const { calls = (round: number) => round === 0 ? [tool.call] : [] } = fault.tool ?? {};
  const callsOf = ({ results, body }: LlmExchange) =>
    body["tool_choice"] === "none" ? [] : calls(results.length);
  return {
    calls: callsOf,
    answer: (_question, exchange) => {
      if (callsOf(exchange).length === 0) return SENTENCES.slice(before).join(" ");
      return exchange.results.length === 0 ? SENTENCES.slice(0, before).join(" ") : "";
    },
  };
}

/** Does to it what goes wrong, in the midst of the call where there is one. */
async function strike(cell: AnswerCell, fault: AnswerFault): Promise<void> {
  const { tool } = cell;
  if (tool !== undefined && fault.strike !== undefined) await until(() => tool.called, "the call");
  await fault.strike?.(cell);
}

/** Asks, and has it go wrong before a word of the answer. */
async function strikeThinking(cell: AnswerCell, fault: AnswerFault): Promise<void> {
  const { device, services } = cell;
  const { llm = {}, tts, thinksMs = 300 } = fault;
  const isLlm = fault.llm !== undefined;
  services.llm.behavior = {
    ...usually(cell, fault, 0),
    ...(isLlm
      ? typeof llm === "function" ? llm(TOKENS.thinking) : llm
      : cell.tool === undefined
      ? { firstTokenMs: thinksMs }
      : {}),
  };
  services.voice.speech = tts ?? goodVoice;
  if (isLlm) await fault.strike?.(cell);
  device.heard.length = 0;
  device.start("manual");
  device.speak(600);
  device.stop();
  await device.until(() => device.said.includes("llm thinking"), "thinking");
  if (!isLlm) await strike(cell, fault);
}

/** Asks, and has it go wrong while the first sentence plays. */
async function strikeSpeaking(cell: AnswerCell, fault: AnswerFault): Promise<void> {
  const { device, services } = cell;
  const { llm, tts } = fault;
  // What strikes at an instant has to come before the second sentence is written.
  const tokenMs = fault.strike !== undefined && llm === undefined ? 150 : 40;
  const usual = { ...usually(cell, fault, 1), tokenMs };
  services.llm.behavior = typeof llm === "function" ? { ...usual, ...llm(TOKENS.speaking) } : usual;
  services.voice.speech = (body) => tts !== undefined && body.includes("second") ? tts : goodVoice;
  device.start("manual");
  device.speak(600);
  device.stop();
  await device.until(() => device.framesMs.length > 0, "the first sentence");
  if (typeof llm !== "function") device.heard.length = 0;
  if (typeof llm === "object") services.llm.behavior = { answer: SENTENCES.join(" "), ...llm };
  await strike(cell, fault);
  if (typeof llm === "object") {
    device.say(typed("And what is this?"));
    await device.until(() => device.said.includes("stt And what is this?"), "the other question");
    device.heard.splice(0, device.said.indexOf("stt And what is this?"));
  }
}

/** All is well again: the next question is answered, with the same tool where it is there. */
async function askAgain(
  { device, services, tool }: AnswerCell,
  { fault, memory }: { readonly fault: AnswerFault; readonly memory: FakeMemory },
): Promise<void> {
  await tool?.heal();
  const calls = tool !== undefined && fault.tool?.back !== false;
  // What was called in a turn without an answer is told with this one.
  const isNew = ({ results }: LlmExchange) => results.every(({ content }) => content.includes("cancelled"));
  services.llm.behavior = {
    answer: (_question, exchange) => calls && isNew(exchange) ? "" : "All is well.",
    calls: (exchange) => calls && isNew(exchange) ? [tool.nextCall] : [],
  };
  const before = services.llm.questions.length;
  services.voice.speech = {};
  for (let attempt = 1;; attempt++) {
    device.heard.length = 0;
    device.log.length = 0;
    device.say(typed("And now?"));
    await device.until(() => device.said.includes("tts stop"), "the next answer");
    if (device.said.includes("tts sentence_start All is well.")) break;
    // An engine that is started anew may cost it a turn.
    assert(fault.voice === "engine" && attempt < 10, `the next turn failed: ${device.said.join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  assert(device.log.includes("frame"), "no sound");
  await until(() => services.pending === 0, "the end of every request");
  if (fault.tool === undefined) return;
  const steps = () => memory.entries.at(-1)?.user === "And now?" ? memory.entries.at(-1)?.steps : undefined;
  await until(() => steps() !== undefined, "the record of the next turn");
  assertEquals(steps()?.map(({ status }) => status), calls ? ["done"] : []);
  // What was called before is told as it ended, unless nothing can be called any more.
  const messages = services.llm.questions[before]?.body["messages"];
  const told = Array.isArray(messages) ? messages.filter(({ role }) => role === "tool") : [];
  assertEquals(told.length, calls ? fault.tool.steps.length : 0, JSON.stringify(messages));
}
