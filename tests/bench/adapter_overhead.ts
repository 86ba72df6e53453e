/**
 * How long a word takes from a service to the session, with 100 utterances at once at the pace of speech: the
 * emulator, in a process of its own, stamps what it says in the moment in which it sends it.
 *
 * A recognizer that is sent sound while somebody speaks has 100 utterances that begin, and end, within 0.6 s. OpenAI
 * over HTTP is sent all of an utterance once it has ended: 10 MB in that time would measure the upload. There each
 * device speaks without a pause and at a place of its own, so that 100 utterances are open all the time and one ends
 * every 32 ms.
 *
 * Left out, because how old their words are says nothing of the adapter:
 * - Doubao's `nostream` puts sentences by, stamp and all, in frames that are packed, until the utterance has ended;
 * - Wyoming in split writes sends each event in two pieces 2 ms apart, and its words wait for their turn.
 *
 * `deno run -A --lock=tests/deno.lock tests/bench/adapter_overhead.ts [SUBJECT...]`
 */
import { delay } from "@std/async";
import type { Recognizer } from "../../lib/asr/mod.ts";
import { AudioBuffer, SILENT_OPUS_PACKET } from "../../lib/audio/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import { openSubject, type Subject } from "../contract/subjects.ts";
import { MeasuredProcess } from "../support/measured_process.ts";
import { runAlone } from "../support/open_recognizer.ts";
import { percentile, report, round } from "./support/report.ts";
import { AgeMeter } from "./support/stamped_dialect.ts";
import { STAMPED_SUBJECTS } from "./support/stamped_subjects.ts";

const STREAMS = 100;
const CHUNK_MS = 60;
/** What noise is to a codec: the emulators hear words in anything. */
const PCM = Int16Array.from({ length: 16 * CHUNK_MS }, (_, index) => (index * 7919) % 200 - 100);

const LEFT_OUT = /nostream|split/;

/** How 100 devices speak. */
interface Load {
  /** How long an utterance is, in chunks. */
  readonly chunks: number;
  /** Within what time the devices begin, in ms. */
  readonly withinMs: number;
  /** How many utterances each speaks one after the other. */
  readonly measured: number;
  /** Utterances after those, so that all are open until the last measured one has ended. */
  readonly unmeasured: number;
}

const TOGETHER: Load = { chunks: 84, withinMs: 600, measured: 1, unmeasured: 0 };
/** 53 and 100 have no common divisor: no two devices send their chunks in the same moment. */
const IN_TURN: Load = { chunks: 53, withinMs: 53 * CHUNK_MS, measured: 3, unmeasured: 1 };

const loadOf = ({ name }: Subject) => /^openai (json|sse)$/.test(name) ? IN_TURN : TOGETHER;

interface Ages {
  readonly partials: number[];
  readonly finals: number[];
  failed: number;
}

interface Utterance {
  readonly chunks: number;
  /** On `performance.now()`. */
  readonly beginsMs: number;
  readonly ages: Ages;
}

async function speak(recognizer: Recognizer, { chunks, beginsMs, ages }: Utterance): Promise<void> {
  await delay(beginsMs - performance.now());
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
  for (let seq = 0; seq < chunks; seq++) {
    buffer.push({
      seq,
      receivedMs: seq * CHUNK_MS,
      durationMs: CHUNK_MS,
      opus: SILENT_OPUS_PACKET,
      pcm: PCM,
    });
    utterance.pump();
    await delay(Math.max(0, beginsMs + (seq + 1) * CHUNK_MS - performance.now()));
  }
  utterance.finish();
  await utterance.result.catch(() => ages.failed++);
  buffer.close();
}

/** All utterances, of which a device begins the next one whether or not the words of the last are there. */
async function speakAll(
  recognizer: Recognizer,
  { chunks, withinMs, measured, unmeasured }: Load,
): Promise<Ages> {
  const ages: Ages = { partials: [], finals: [], failed: 0 };
  const beside: Ages = { partials: [], finals: [], failed: 0 };
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: STREAMS * (measured + unmeasured) }, (_, index) => {
    const nth = Math.floor(index / STREAMS);
    return speak(recognizer, {
      chunks,
      beginsMs: beganMs + (index % STREAMS) * withinMs / STREAMS + nth * chunks * CHUNK_MS,
      ages: nth < measured ? ages : beside,
    });
  }));
  return { ...ages, failed: ages.failed + beside.failed };
}

async function measure(subject: Subject): Promise<Ages> {
  await using service = new MeasuredProcess<{ check: { violations: string[] } }>(
    new URL("./support/emulator_process.ts", import.meta.url),
    { args: [subject.name] },
  );
  const url = (await service.url()).href.replace(/\/$/, "");
  const provider = await openSubject(subject, url);
  const { recognizer } = runAlone(provider, {
    clock: systemClock,
    openTimeoutMs: 5_000,
    finalTimeoutMs: 10_000,
    // An utterance whose words are on their way is still open when the next one begins.
    maxStreams: 2 * STREAMS,
  });
  const ages = await speakAll(recognizer, loadOf(subject));
  const { violations } = await service.ask("check");
  if (violations.length > 0) throw new Error(`${subject.name}: ${violations[0]}`);
  await provider.close?.();
  return ages;
}

const wanted = STAMPED_SUBJECTS.filter(({ name }) =>
  !LEFT_OUT.test(name) && (Deno.args.length === 0 || Deno.args.some((word) => name.includes(word)))
);
if (wanted.length === 0) throw new Error(`Cannot measure ${Deno.args.join(", ")}: no such adapter`);
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
