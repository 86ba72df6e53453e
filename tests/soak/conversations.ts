/**
 * 10,000 conversations, most of them with a fault of the recognizer, the language model, the voice or the device, 50 at
 * once: what is still open, at the gateway and at the services, what the live heap has grown by, and whether a device was
 * left waiting for `tts stop`. The gateway's clock goes faster than time.
 *
 * `deno run -A tests/soak/conversations.ts [deno|ws] [conversations] [at once] [speed]`, 10 to 20 minutes
 */
import { delay } from "@std/async";
import { report } from "../bench/support/report.ts";
import { startChatCompletions } from "../support/emulators/chat_completions.ts";
import { openaiSpeech } from "../support/emulators/openai_speech.ts";
import { SpeechEmulator } from "../support/emulators/speech_emulator.ts";
import { MeasuredProcess } from "../support/measured_process.ts";
import { until } from "../support/until.ts";
import type { ConversationAnswers, ConversationsHeld } from "./support/conversation_gateway.ts";
import { behaviorOf, CONVERSATIONS, speechOf } from "./support/conversation_kinds.ts";
import { converse, type Conversed, nothingSaid } from "./support/converse.ts";

const [TRANSPORT = "ws", count = "10000", atOnce = "50", speed = "4"] = Deno.args;
const COUNT = Number(count);
const FIRST = Math.ceil(COUNT * 0.02);
/** Until then caches fill up: turns at hand of 7,500 conversations above all. The heap is compared from here. */
const SETTLED = Math.max(COUNT * 0.8, 2_200);
/** Deno pins a closed socket's timer until it fires; that is waited out before each look. */
const PING_TIMEOUT_SECONDS = 15;
const MB = 1e6;

await using llm = await startChatCompletions();
await using voice = await SpeechEmulator.start(openaiSpeech({ server: "kokoro" }));
llm.behaviorOf = behaviorOf;
voice.speech = speechOf;
const module = new URL("./support/conversation_gateway.ts", import.meta.url);
const args = [TRANSPORT, speed, String(PING_TIMEOUT_SECONDS), llm.url, `${voice.origin}/v1`];
await using gateway = new MeasuredProcess<ConversationAnswers>(module, { args, asStarted: true });
const url = await gateway.url();
const idle = await warmed();
const conversed: Conversed = nothingSaid();
const startedMs = performance.now();

/** What it holds once nothing is being made ready any more. */
async function warmed(): Promise<ConversationsHeld> {
  let held = await gateway.ask("held");
  for (let before = -1; before !== held.open.resources;) {
    before = held.open.resources;
    await delay(2_000);
    held = await gateway.ask("held");
  }
  return held;
}

/** Its descriptors, less the connections to services that are kept for the next request, and those that were given up. */
function descriptorsOf({ descriptors, abandoned }: ConversationsHeld): number {
  return descriptors - abandoned - llm.open - voice.open;
}

async function round(count: number): Promise<ConversationsHeld> {
  await converse(url, conversed, { count, atOnce: Number(atOnce) });
  await until(() => llm.pending + voice.pending === 0, "the end of every request", { timeoutMs: 60_000 });
  await delay((PING_TIMEOUT_SECONDS + 2) * 1_000);
  const held = await gateway.ask("held");
  return { ...held, descriptors: descriptorsOf(held) };
}

const first = await round(FIRST);
const settled = COUNT > SETTLED ? await round(SETTLED - FIRST) : first;
const last = await round(COUNT - conversed.count);

const open = {
  sessions: last.sessions,
  sockets: last.sockets - last.abandoned,
  scopes: last.open.scopes - idle.open.scopes,
  resources: last.open.resources - idle.open.resources,
  audioBytes: last.audioBytes,
  vadStreams: last.vadStreams,
  llmRequests: llm.pending,
  voiceRequests: voice.pending,
};
const { counters } = last;
report({
  name: `transport ${TRANSPORT}, open after ${COUNT} conversations, ${CONVERSATIONS.length} kinds`,
  measured: Object.values(open).reduce((sum, count) => sum + Math.abs(count), 0),
  unit: "things",
  limit: 0,
  detail: {
    ...open,
    seconds: (performance.now() - startedMs) / 1_000,
    sounded: conversed.sounded,
    told: conversed.told,
    ends: last.ends,
    turnsText: counters.turnsText,
    turnsFailed: counters.turnsFailed,
    interrupted: counters.answersInterrupted,
    withdrawn: counters.answersWithdrawn,
    llmAsked: llm.questions.length,
    voiceAsked: voice.requests.length,
  },
});
report({ name: "devices left waiting for tts stop", measured: conversed.waiting, unit: "devices", limit: 0 });
report({
  name: "conversations that went another way than they should",
  measured: Object.values(conversed.wrong).flat().length,
  unit: "conversations",
  limit: 0,
  detail: Object.fromEntries(
    Object.entries(conversed.wrong).map(([kind, wrongs]) => [kind, `${wrongs.length}: ${wrongs[0]}`]),
  ),
});
report({ name: "unhandled rejections", measured: last.unhandled, unit: "rejections", limit: 0 });
report({
  name: "sessions whose clean-up failed or was late",
  measured: counters.sessionsUnclean,
  unit: "sessions",
  limit: 0,
  detail: { unclean: last.unclean },
});
report({
  name: "file descriptors, more than after the first conversations",
  measured: last.descriptors - first.descriptors,
  unit: "descriptors",
  limit: 0,
  detail: { first: first.descriptors, last: last.descriptors },
});
if (COUNT > SETTLED) {
  report({
    name: `live heap per 1,000 conversations, from ${SETTLED} to ${COUNT}`,
    measured: (last.heapBytes - settled.heapBytes) / MB / ((COUNT - SETTLED) / 1_000),
    unit: "MB",
    limit: 0.1,
    detail: {
      firstMB: first.heapBytes / MB,
      settledMB: settled.heapBytes / MB,
      lastMB: last.heapBytes / MB,
      residentMB: last.residentBytes / MB,
    },
  });
}
const closed = await gateway.ask("close");
report({
  name: "resources that were not released at the end",
  measured: closed.total - closed.ok,
  unit: "resources",
  limit: 0,
  detail: closed,
});
