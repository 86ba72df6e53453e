import { assertEquals, assertRejects } from "@std/assert";
import { Rig } from "../../contract/rig.ts";
import { qwenRealtimeSubject } from "../../contract/subjects.ts";
import { Emulator } from "../../support/emulators/emulator.ts";
import { qwenRealtime } from "../../support/emulators/qwen_realtime.ts";
import { RawTalk } from "../../support/emulators/raw_talk.ts";
import { TWO_SENTENCES } from "../../support/emulators/script.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

test("language and mood of the speaker are told", async () => {
  await using rig = await Rig.open(qwenRealtimeSubject("pcm"), { script: { sentences: TWO_SENTENCES } });
  assertEquals(await (await rig.speak()).result, {
    text: "Good morning. How are you?",
    language: "en",
    emotion: "neutral",
    droppedMs: 0,
  });
});

test("a partial is what stands and what may still change, together", async () => {
  const sentences = [{ partials: ["good morning everybody"], final: "Good morning, everybody." }];
  await using rig = await Rig.open(qwenRealtimeSubject("opus"), { script: { sentences, everyMs: 300 } });
  await (await rig.speak(8)).result;
  assertEquals(rig.partials[0], "good morning everybody");
});

test("Bailian's names for what went wrong, and those of the protocol's inventor", async () => {
  for (
    const [kind, code] of [["busy", "asr.throttled"], ["quota", "asr.quota"], [
      "config",
      "asr.config",
    ]] as const
  ) {
    const fault = { at: "start", what: "error", kind } as const;
    await using rig = await Rig.open(qwenRealtimeSubject("pcm"), { script: { fault } });
    assertEquals(await rig.failure(await rig.speak()), code);
  }
});

test("the emulator is strict: sound after the end, the end before a commit, a commit where the service cuts", async () => {
  const settings = (detection: unknown) => ({
    event_id: crypto.randomUUID(),
    type: "session.update",
    session: {
      modalities: ["text"],
      input_audio_format: "pcm",
      sample_rate: 16_000,
      input_audio_transcription: { language: "en" },
      turn_detection: detection,
    },
  });
  const cutting = { type: "server_vad", threshold: 0.2, silence_duration_ms: 800 };
  const append = { type: "input_audio_buffer.append", audio: new Uint8Array(3_200).toBase64() };
  const commit = { event_id: "1", type: "input_audio_buffer.commit" };
  const finish = { event_id: "2", type: "session.finish" };
  for (
    const [messages, violation] of [
      [[settings(cutting), append, finish, append], "append after the end"],
      [[settings(null), append, finish], "the end before a commit"],
      [[settings(null), commit], "a commit of nothing"],
      [[settings(cutting), append, commit], "a commit where the service cuts"],
      [[append], "append before the session was set up"],
    ] as const
  ) {
    const emulator = await Emulator.start(qwenRealtime, { script: { sentences: TWO_SENTENCES } });
    {
      using talk = await RawTalk.open(`${emulator.origin}/?model=qwen3-asr-flash-realtime`, {
        authorization: "Bearer qwen-key",
      });
      for (const message of messages) talk.send(message);
      await until(() => emulator.violations.length > 0);
    }
    await assertRejects(() => emulator[Symbol.asyncDispose](), Error, violation);
  }
});
