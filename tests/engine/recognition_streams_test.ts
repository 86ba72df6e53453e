import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MAX_RECOGNITION_STREAMS, RecognitionStreams } from "../../lib/engine/recognition_streams.ts";
import { JobLane } from "../../lib/engine/job_lane.ts";
import type { EngineJob } from "../../lib/engine/messages.ts";
import { SentSounds } from "../../lib/engine/sounds/sent_sounds.ts";
import { lostOpusPacket } from "../../lib/audio/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

const SOUND = new Int16Array(320);

function rig({ queueCapacity = MAX_RECOGNITION_STREAMS } = {}) {
  const sent: EngineJob[] = [];
  let id = 0;
  const sounds = new SentSounds();
  const lane = new JobLane({
    slots: 1,
    queueCapacity,
    nextId: () => ++id,
    onOverdue() {},
    clock: new FakeClock(),
  });
  lane.open((job) => sent.push(job));
  /** The engine has done everything that it was given, and what it is given for that. */
  const work = async () => {
    for (let at = 0; at < sent.length; at++) {
      const job = sent[at];
      if (job?.type === "stream") lane.answer({ type: "streamed", id: job.id, finals: [], partial: "" });
      else if (job?.type === "close_stream") lane.answer({ type: "stream_closed", id: job.id });
      await settle();
    }
  };
  const streams = new RecognitionStreams(
    (make, options) => lane.run(make, options),
    (sound) => sounds.send(sound),
  );
  /** As many streams as may be open have heard something and were closed; the engine has yet to close them. */
  const leave = async () => {
    const all = Array.from({ length: MAX_RECOGNITION_STREAMS }, () => streams.open());
    const heard = all.map((stream) => stream.write(SOUND));
    await work();
    await Promise.all(heard);
    for (const stream of all) stream.close();
  };
  return { lane, streams, sent, work, leave };
}

test("a stream is closed in the engine however full the lane is", async () => {
  const { lane, streams, sent, work } = rig({ queueCapacity: 2 });
  const [first, second, third] = [streams.open(), streams.open(), streams.open()];
  const heard = [first.write(SOUND), second.write(SOUND), third.write(SOUND)];
  const refused = streams.open();
  await assertRejects(() => refused.write(SOUND), EarshotError, "waiting");
  first.close();
  assertEquals(lane.stats.queued, 3);
  await work();
  await Promise.all(heard);
  assertEquals(sent.map(({ type }) => type), ["stream", "stream", "stream", "close_stream"]);
  for (const stream of [second, third, refused]) stream.close();
  await work();
  assertEquals(sent.flatMap((job) => job.type === "close_stream" ? [job.streamId] : []), [1, 2, 3]);
});

test("a stream that the engine has yet to close counts among those that may be open", async () => {
  const { streams, work, lane, leave } = rig();
  await leave();
  assertEquals([streams.size, lane.stats.queued], [0, MAX_RECOGNITION_STREAMS - 1]);
  assertThrows(() => streams.open(), EarshotError, "256");
  assertEquals(streams.refused, 1);
  await work();
  streams.open().close();
  assertEquals([streams.size, lane.stats.queued], [0, 0]);
});

test("streams that end with the engine leave their room to others", async () => {
  const { streams, lane, leave } = rig();
  await leave();
  const gone = new EarshotError("engine.crashed", "Cannot go on: the test says so");
  lane.pause(gone);
  lane.shut(gone);
  await settle();
  streams.open().close();
});

test("a device that is ahead of real time waits for one that is not, in all of its utterances together", async () => {
  const { streams, sent, work } = rig();
  const [flood, speaker] = [{}, {}];
  const second = new Int16Array(16_000);
  const ahead = [streams.open(flood), streams.open(flood), streams.open(flood)];
  const real = streams.open(speaker);
  const heard = [...ahead.map((stream) => stream.write(second)), real.write(SOUND)];
  await work();
  await Promise.all(heard);
  assertEquals(sent.map((job) => job.type === "stream" ? job.streamId : 0), [1, 4, 2, 3]);
  for (const stream of [...ahead, real]) stream.close();
  await work();
});

test("packets of a device cost as much as the part of their sound that is meant", async () => {
  const { streams, sent, work } = rig();
  const [flood, speaker, source] = [{}, {}, {}];
  const packets = Array.from(
    { length: 20 },
    (_, seq) => ({ seq, durationMs: 60, opus: lostOpusPacket(60) }),
  );
  const ahead = [streams.open(flood), streams.open(flood)];
  const real = streams.open(speaker);
  const heard = [
    ...ahead.map((stream) => stream.write({ source, packets })),
    real.write({ source, packets, skipSamples: 18_000, samples: 320 }),
  ];
  await work();
  await Promise.all(heard);
  assertEquals(sent.map((job) => job.type === "stream" ? job.streamId : 0), [1, 3, 2]);
  const sounds = sent.flatMap((job) => job.type === "stream" ? [job.sound] : []);
  assertEquals(sounds.map((sound) => sound.type === "packets" ? [sound.soundId, sound.samples] : sound.pcm), [
    [1, 19_200],
    [1, 320],
    [1, 19_200],
  ]);
  for (const stream of [...ahead, real]) stream.close();
  await work();
});
