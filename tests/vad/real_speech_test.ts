import { assertAlmostEquals, assertEquals } from "@std/assert";
import { EngineClient } from "../../lib/engine/mod.ts";
import { systemClock, withDeadline } from "../../lib/lifecycle/mod.ts";
import { findSpeech, SpeechDetector, type SpeechEvent, VadBatcher, vadConfig } from "../../lib/vad/mod.ts";
import { detectorSound } from "../support/detector_sound.ts";
import { packetChunks } from "../support/packets.ts";
import { SILERO_PATH, weightsMissing } from "../support/models.ts";
import { ASK, COUNTRY, FELLOW, speechClip, speechMissing } from "../support/speech.ts";
import { test } from "../support/test.ts";

const CHUNK_S = 0.06;
const SILENT_CHUNKS = 20;

/** Where the voice of a clip begins and ends by its loudness, in s. */
const VOICES = [
  { file: FELLOW, beginsS: 0.3, endsS: 2.1 },
  { file: COUNTRY, beginsS: 0.3, endsS: 2.45 },
  { file: ASK, beginsS: 0.3, endsS: 2.5 },
];

test("real speech is found where it is, in several streams at once", async () => {
  await using engine = new EngineClient({ models: { silero: SILERO_PATH } });
  const batcher = new VadBatcher(engine, { clock: systemClock });
  await Promise.all(VOICES.map(async ({ file, beginsS, endsS }) => {
    const { pcm } = speechClip(file);
    const padded = new Int16Array(pcm.length + 2 * SILENT_CHUNKS * 960);
    padded.set(pcm, SILENT_CHUNKS * 960);
    const events: SpeechEvent[] = [];
    const stopped = Promise.withResolvers<void>();
    const chunks = packetChunks(padded).values();
    const pump = () => {
      for (let next; detector.writable && !(next = chunks.next()).done;) detector.write(next.value);
    };
    const detector = new SpeechDetector({
      batcher,
      onReady: pump,
      config: vadConfig.parse({}),
      sound: detectorSound(),
      onEvent: (event) => {
        // A pause is found on the way; only beginning and end are known of these clips.
        if (event.type !== "speech_started" && event.type !== "speech_stopped") return;
        events.push(event);
        if (event.type === "speech_stopped") stopped.resolve();
      },
    });
    pump();
    await withDeadline(stopped.promise, 30_000, { what: `hear the end of ${file}` });
    detector.close();
    assertEquals(events.map(({ type }) => type), ["speech_started", "speech_stopped"]);
    const foundS = events.map((event) => "seq" in event ? (event.seq - SILENT_CHUNKS) * CHUNK_S : NaN);
    assertAlmostEquals(foundS[0] ?? 0, beginsS, 0.2, file);
    assertAlmostEquals(foundS[1] ?? 0, endsS, 0.2, file);
  }));
  batcher.close();
}, { ignore: weightsMissing || speechMissing() });

test("where speech may begin in a recording is told, and where there is none", async () => {
  await using engine = new EngineClient({ models: { silero: SILERO_PATH } });
  const never = new AbortController().signal;
  for (const { file, beginsS } of VOICES) {
    const { pcm } = speechClip(file);
    const padded = new Int16Array(pcm.length + 5 * 16_000);
    padded.set(pcm, 5 * 16_000);
    const at = await findSpeech(engine, padded, never);
    // After 5 s of nothing the room itself is taken for a whisper at first.
    assertAlmostEquals((at ?? NaN) / 16_000, 5 + beginsS, 0.4, file);
  }
  assertEquals(await findSpeech(engine, new Int16Array(5 * 16_000), never), undefined);
}, { ignore: weightsMissing || speechMissing() });
