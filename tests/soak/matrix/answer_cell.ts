import { assert, assertEquals } from "@std/assert";
import { CATALOG, type ErrorCode } from "../../../lib/errors/mod.ts";
import type { Transport } from "../../../lib/server/mod.ts";
import { FIXED_SENTENCES, shippedSentence } from "../../../lib/tts/mod.ts";
import { EmulatedServices } from "../../support/emulated_services.ts";
import { fastClock } from "../../support/fast_clock.ts";
import { FakeMemory } from "../../support/fake_memory.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { embeddedOver } from "../../support/open_voice.ts";
import { TestGateway } from "../../support/test_gateway.ts";
import { longTone } from "../../support/tones.ts";
import { until } from "../../support/until.ts";
import type { AnswerCell, AnswerFault, AnswerOutcome, AnswerStateName } from "./answer_fault.ts";
import { DEVICE_HEADERS } from "./answer_faults.ts";
import { type EngineControl, openEngine } from "./engine_control.ts";

/** Where an answer may be when something goes wrong. */
export const ANSWER_STATES: readonly AnswerStateName[] = ["thinking", "speaking"];

/** How much faster than time the gateway's clock goes: answers play as much faster. */
const SPEED = 4;
/** An answer as the language model writes it. */
const SENTENCES = ["Here is the first sentence.", "And there comes the second one."];
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
  const gateway = stack.use(openGateway(http, fault, { control, services, memory }));
  await gateway.gateway.listening;
  const device = stack.use(await HandDevice.greet(gateway, { headers: DEVICE_HEADERS }));
  const cell: AnswerCell = {
    gateway,
    device,
    services,
    control,
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
  await fault.mend?.(cell);
  if (outcome.type !== "ended") await askAgain(cell, fault.voice === "engine");
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
  { control, services, memory }: {
    readonly control: EngineControl;
    readonly services: EmulatedServices;
    readonly memory: FakeMemory;
  },
): TestGateway {
  const { engine } = control;
  const ofEngine = voice === "engine";
  const { llms, voices } = services.providers;
  const tts = ofEngine ? { tts: "flite" } : {};
  return new TestGateway(engine, {
    speechCache: { diskCacheBytes: 0 },
    ...services.config({ ...tts, ...agent }),
    // The one transport pings by the gateway's clock: a busy machine is given as long as usual.
    server: { transport: http, ...(http === "ws" && { pingTimeoutSeconds: 8 * SPEED }) },
    session: { slowReaderMs: 1_000 },
    vad: { endSilenceMs: 400 },
  }, {
    clock: fastClock(SPEED),
    llms,
    voices: ofEngine ? new Map([["flite", embeddedOver(control, "flite")]]) : voices,
    memory,
  });
}

/** Asks, and has it go wrong before a word of the answer. */
async function strikeThinking(cell: AnswerCell, fault: AnswerFault): Promise<void> {
  const { device, services } = cell;
  const { llm = {}, tts, thinksMs = 300 } = fault;
  const isLlm = fault.llm !== undefined;
  services.llm.behavior = {
    answer: SENTENCES.join(" "),
    ...(isLlm ? typeof llm === "function" ? llm(TOKENS.thinking) : llm : { firstTokenMs: thinksMs }),
  };
  services.voice.speech = tts ?? goodVoice;
  if (isLlm) await fault.strike?.(cell);
  device.heard.length = 0;
  device.start("manual");
  device.speak(600);
  device.stop();
  await device.until(() => device.said.includes("llm thinking"), "thinking");
  if (!isLlm) await fault.strike?.(cell);
}

/** Asks, and has it go wrong while the first sentence plays. */
async function strikeSpeaking(cell: AnswerCell, fault: AnswerFault): Promise<void> {
  const { device, services } = cell;
  const { llm, tts } = fault;
  // What strikes at an instant has to come before the second sentence is written.
  const tokenMs = fault.strike !== undefined && llm === undefined ? 150 : 40;
  const usual = { answer: SENTENCES.join(" "), tokenMs };
  services.llm.behavior = typeof llm === "function" ? { ...usual, ...llm(TOKENS.speaking) } : usual;
  services.voice.speech = (body) => tts !== undefined && body.includes("second") ? tts : goodVoice;
  device.start("manual");
  device.speak(600);
  device.stop();
  await device.until(() => device.framesMs.length > 0, "the first sentence");
  if (typeof llm !== "function") device.heard.length = 0;
  if (typeof llm === "object") services.llm.behavior = { answer: SENTENCES.join(" "), ...llm };
  await fault.strike?.(cell);
  if (typeof llm === "object") {
    device.say(typed("And what is this?"));
    await device.until(() => device.said.includes("stt And what is this?"), "the other question");
    device.heard.splice(0, device.said.indexOf("stt And what is this?"));
  }
}

async function follow(cell: AnswerCell, outcome: AnswerOutcome, { deaf }: AnswerFault): Promise<string> {
  const { device, gateway } = cell;
  const stopped = () => device.until(() => device.said.includes("tts stop"), "told that the turn is over");
  switch (outcome.type) {
    case "told": {
      await stopped();
      if (outcome.orAnswered === true && isAnswered(device)) return "answered";
      return await checkTold(device, outcome.codes);
    }
    case "cut": {
      await stopped();
      const { en } = FIXED_SENTENCES[outcome.sentence];
      assert(device.said.includes(`tts sentence_start ${en}`), device.said.join(", "));
      return "cut, said";
    }
    case "answered":
      await stopped();
      assert(isAnswered(device), device.log.join(", "));
      return "answered";
    case "given up": {
      if (outcome.stops) await stopped();
      await device.settled();
      const frames = device.framesMs.length;
      await new Promise((resolve) => setTimeout(resolve, 100));
      assertEquals(device.framesMs.length, frames, "frames after it was given up");
      const stops = device.said.filter((said) => said === "tts stop").length;
      assert(outcome.stops ? stops >= 1 : stops === 0, device.said.join(", "));
      return "given up";
    }
    case "ended": {
      const end = () => gateway.sessionEvents.find((event) => event.type === "closed")?.end.type;
      await until(() => end() !== undefined, "the end of the session");
      assert(outcome.ends.some((type) => type === end()), `the session ended as ${end()}`);
      if (deaf !== true) await stopped();
      return String(end());
    }
  }
}

function isAnswered({ log, said }: HandDevice): boolean {
  const shown = SENTENCES.every((sentence) => log.includes(`tts sentence_start ${sentence}`));
  return shown && !said.includes("alert");
}

/** The words are on the screen, and their sound follows. */
async function checkTold(device: HandDevice, codes: readonly ErrorCode[]): Promise<string> {
  const alert = device.heard.find(({ type }) => type === "alert");
  assert(alert !== undefined, `nothing was told: ${device.said.join(", ")}`);
  const code = codes.find((code) => CATALOG[code].device.en === alert["message"]);
  assert(code !== undefined, `told ${JSON.stringify(alert)}, not what ${codes.join(" or ")} says`);
  const { en } = CATALOG[code].device;
  const packets = await shippedSentence(en, "en") ?? [];
  const from = device.log.lastIndexOf(`tts sentence_start ${en}`);
  assert(from >= 0, `it was not said: ${device.said.join(", ")}`);
  const frames = device.log.slice(from).filter((line) => line === "frame").length;
  assert(packets.length > 0 && frames >= packets.length - 1, `${frames} of ${packets.length} frames`);
  return `told, ${code.split(".")[1]}`;
}

function checkRecord({ entries }: FakeMemory, outcome: AnswerOutcome, state: AnswerStateName): void {
  const entry = entries.at(-1);
  assert(entry !== undefined);
  const { answer, heardChars, user, code } = entry;
  const what = JSON.stringify(entry);
  assert(user !== "", what);
  assert(heardChars <= answer.length, what);
  const kept = entry.outcome;
  switch (outcome.type) {
    case "told":
      if (outcome.orAnswered === true && kept === "answered") return;
      assertEquals(kept, "failed", what);
      assert(code !== undefined && outcome.codes.some((each) => each === code), what);
      return;
    case "cut":
      assertEquals([kept, code], ["answered", undefined], what);
      assert(answer.length > 0, what);
      return;
    case "answered":
      assertEquals([kept, answer, heardChars], ["answered", SENTENCES.join(" "), answer.length], what);
      return;
    case "given up":
    case "ended": {
      const whole = heardChars > 0 && heardChars === answer.length;
      if (kept === "answered" && whole) return; // let finish
      assertEquals(kept, "interrupted", what);
      if (state === "thinking") assertEquals([answer, heardChars], ["", 0], what);
      else assert(heardChars < answer.length || answer === "", what);
    }
  }
}

/** All is well again: the next question is answered. */
async function askAgain({ device, services }: AnswerCell, mayFail: boolean): Promise<void> {
  services.llm.behavior = { answer: "All is well." };
  services.voice.speech = {};
  for (let attempt = 1;; attempt++) {
    device.heard.length = 0;
    device.log.length = 0;
    device.say(typed("And now?"));
    await device.until(() => device.said.includes("tts stop"), "the next answer");
    if (device.said.includes("tts sentence_start All is well.")) break;
    // An engine that is started anew may cost it a turn.
    assert(mayFail && attempt < 10, `the next turn failed: ${device.said.join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  assert(device.log.includes("frame"), "no sound");
  await until(() => services.pending === 0, "the end of every request");
}
