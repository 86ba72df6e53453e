/**
 * How long a word takes from a service to the session, with 100 utterances at once at the pace of speech: the
 * emulator, in a process of its own, stamps what it says in the moment in which it sends it.
 *
 * `deno run -A tests/bench/adapter_overhead.ts [SUBJECT...]`
 */
import { delay } from "@std/async";
import { Recognizer } from "../../lib/asr/mod.ts";
import { AudioBuffer, SILENT_OPUS_PACKET } from "../../lib/audio/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import { loadSockets } from "../../lib/net/mod.ts";
import { type Subject, SUBJECTS } from "../contract/subjects.ts";
import { MeasuredProcess } from "../support/measured_process.ts";
import { percentile, report, round } from "./support/report.ts";
import { AgeMeter } from "./support/stamped_dialect.ts";

const STREAMS = 100;
const CHUNKS = 84;
const CHUNK_MS = 60;
/** What noise is to a codec: the emulators hear words in anything. */
const PCM = Int16Array.from({ length: 16 * CHUNK_MS }, (_, index) => (index * 7919) % 200 - 100);

/**
 * Services that keep their words to themselves for a while: how old they are says nothing of the adapter. Over HTTP
 * all of an utterance goes when it has ended; then 100 in half a second measure how fast the emulator reads forms.
 */
const LATE = /nostream|split|openai (json|sse)/;

interface Ages {
  readonly partials: number[];
  readonly finals: number[];
  failed: number;
}

async function speak(recognizer: Recognizer, index: number, ages: Ages): Promise<void> {
  // Devices do not speak in step.
  await delay(index * CHUNK_MS / STREAMS * 10);
  const buffer = new AudioBuffer();
  const meter = new AgeMeter();
  const note = (kind: number[], text: string) => {
    const ageMs = meter.ageOf(text);
    if (ageMs !== undefined) kind.push(ageMs);
  };
  const utterance = recognizer.start({
    language: "en",
    cursor: buffer.cursor("recognition"),
    onPartial: (text) => note(ages.partials, text),
    onSentence: (text) => note(ages.finals, text),
  }, new AbortController().signal);
  const beganMs = performance.now();
  for (let seq = 0; seq < CHUNKS; seq++) {
    buffer.push({
      seq,
      timestampMs: seq * CHUNK_MS,
      durationMs: CHUNK_MS,
      opus: SILENT_OPUS_PACKET,
      pcm: PCM,
    });
    utterance.pump();
    await delay(Math.max(0, beganMs + (seq + 1) * CHUNK_MS - performance.now()));
  }
  utterance.finish();
  await utterance.result.catch(() => ages.failed++);
  buffer.close();
}

async function measure(subject: Subject): Promise<Ages> {
  await using service = new MeasuredProcess<{ check: { violations: string[] } }>(
    new URL("./support/emulator_process.ts", import.meta.url),
    { args: [subject.name] },
  );
  const url = (await service.url()).href.replace(/\/$/, "");
  const adapter = subject.adapter(url, { verify: true });
  const recognizer = new Recognizer(adapter, {
    clock: systemClock,
    openTimeoutMs: 5_000,
    finalTimeoutMs: 10_000,
    maxStreams: STREAMS,
  });
  const ages: Ages = { partials: [], finals: [], failed: 0 };
  await Promise.all(Array.from({ length: STREAMS }, (_, index) => speak(recognizer, index, ages)));
  const { violations } = await service.ask("check");
  if (violations.length > 0) throw new Error(`${subject.name}: ${violations[0]}`);
  await adapter.close?.();
  return ages;
}

await loadSockets();
const wanted = SUBJECTS.filter(({ name }) =>
  !LATE.test(name) && (Deno.args.length === 0 || Deno.args.some((word) => name.includes(word)))
);
const bySubject: Record<string, unknown> = {};
const worst = { medianMs: 0, lateMs: 0 };
let failed = 0;
for (const subject of wanted) {
  const { partials, finals, ...rest } = await measure(subject);
  failed += rest.failed;
  const numbers = (ages: readonly number[]) => {
    if (ages.length === 0) return undefined;
    const [medianMs, lateMs] = [percentile(ages, 0.5), percentile(ages, 0.99)];
    worst.medianMs = Math.max(worst.medianMs, medianMs);
    worst.lateMs = Math.max(worst.lateMs, lateMs);
    return { count: ages.length, medianMs: round(medianMs), p99Ms: round(lateMs) };
  };
  bySubject[subject.name] = { partials: numbers(partials), finals: numbers(finals) };
}
report({
  name: "Words from a service to the session, 100 utterances at once, worst adapter: median",
  measured: worst.medianMs,
  unit: "ms",
  limit: 5,
  detail: { adapters: wanted.length },
});
report({
  name: "Words from a service to the session, 100 utterances at once, worst adapter: 99th percentile",
  measured: worst.lateMs,
  unit: "ms",
  limit: 20,
  detail: { bySubject },
});
report({ name: "Of these utterances, failed", measured: failed, unit: "", limit: 0 });
