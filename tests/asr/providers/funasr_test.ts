import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { SILENT_OPUS_PACKET } from "../../../lib/audio/mod.ts";
import { capabilitiesOf } from "../../../lib/asr/mod.ts";
import { openWireStream } from "../../../lib/asr/wire_stream.ts";
import { openSocket } from "../../../lib/net/mod.ts";
import { pause, Rig } from "../../contract/rig.ts";
import { funasrSubject, type Subject } from "../../contract/subjects.ts";
import type { Dialect } from "../../support/emulators/dialect.ts";
import { Emulator } from "../../support/emulators/emulator.ts";
import { funasr, type FunasrFlavor, type FunasrManner } from "../../support/emulators/funasr.ts";
import { RawTalk } from "../../support/emulators/raw_talk.ts";
import { TWO_SENTENCES } from "../../support/emulators/script.ts";
import { fastClock } from "../../support/fast_clock.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

const BEGIN = {
  chunk_size: [5, 10, 5],
  wav_name: "x",
  wav_format: "pcm",
  audio_fs: 16_000,
  is_speaking: true,
};
/** What the C++ servers cannot read. */
const BROKEN = [
  JSON.stringify({ ...BEGIN, mode: "2pass", hotwords: { word: 20 } }),
  '{"mode":"2pass","chunk_size":[5,10,5]',
];
const script = { sentences: TWO_SENTENCES };

async function speakTo(
  emulator: Emulator,
  begin: string | Readonly<Record<string, unknown>>,
): Promise<RawTalk> {
  const talk = await RawTalk.open(emulator.origin);
  talk.send(begin);
  for (let piece = 0; piece < 12; piece++) talk.send(new Uint8Array(1_920));
  talk.send({ is_speaking: false });
  return talk;
}

test("what the C++ server cannot read leaves the connection open and silent for good", async () => {
  await using emulator = await Emulator.start(funasr("cpp_2pass", { tolerant: true }), { script });
  for (const broken of BROKEN) {
    using talk = await speakTo(emulator, broken);
    await pause(150);
    assertEquals([talk.heard, talk.end], [[], undefined], broken);
  }
  using talk = await speakTo(emulator, { ...BEGIN, mode: "2pass", hotwords: '{"word":20}' });
  await until(() => talk.heard.length > 0);
});

test("the Python server goes on after what is not JSON", async () => {
  await using emulator = await Emulator.start(funasr("python", { tolerant: true }), { script });
  using talk = await RawTalk.open(emulator.origin);
  talk.send('{"mode":');
  talk.send({ ...BEGIN, mode: "offline" });
  talk.send(new Uint8Array(1_920));
  talk.send({ is_speaking: false });
  await until(() => talk.heard.length > 0);
});

test("a session that died silently is ended by the runner's deadline, and nothing is left of it", async () => {
  for (const broken of BROKEN) {
    const real = funasrSubject("cpp_2pass", "2pass");
    const subject: Subject = {
      ...real,
      dialect: funasr("cpp_2pass", { tolerant: true }),
      open: (url) => ({
        name: "funasr",
        capabilities: capabilitiesOf(real.block(url)),
        open: (_options, signal) =>
          openWireStream({
            service: { family: "asr", name: "funasr" },
            connect: (handlers, life) => openSocket({ url }, handlers, life),
            wire: (io) => ({
              opened() {
                io.send(broken);
                io.started();
              },
              received: () => io.ended(),
              write: ({ pcm }) => pcm && io.send(new Uint8Array(pcm.slice().buffer)),
              finish: () => io.send('{"is_speaking":false}'),
            }),
          }, signal),
      }),
    };
    await using rig = await Rig.open(subject, { script });
    assertEquals(await rig.failure(await rig.speak()), "asr.timeout");
    await rig.quiet();
  }
});

test("is_final is what each server makes of it, and no server closes; the adapter reads all of them", async () => {
  const expected = [
    ["cpp_offline", "offline", [["offline", false]]],
    ["cpp_2pass", "2pass", [["2pass-offline", false], ["2pass-offline", false], [undefined, true]]],
    ["python", "offline", [["offline", true]]],
    // One for each sentence; the last is the end of the sound.
    ["python", "2pass", [["2pass-offline", true], ["2pass-offline", true], ["2pass-offline", true]]],
  ] as const;
  for (const [flavor, mode, lasting] of expected) {
    const subject = funasrSubject(flavor, mode);
    {
      await using emulator = await Emulator.start(funasr(flavor), { script });
      using talk = await speakTo(emulator, { ...BEGIN, mode });
      const found = () => talk.replies.filter(({ mode }) => mode !== "2pass-online");
      await until(() => found().length === lasting.length);
      await pause(100);
      assertEquals<unknown>(found().map(({ mode, is_final }) => [mode, is_final]), lasting);
      assertEquals([talk.end, emulator.open], [undefined, 1], "the server never closes");
    }
    await using rig = await Rig.open(subject, { script });
    const { text } = await (await rig.speak()).result;
    assertEquals(text, "Good morning. How are you?");
    // The adapter has ended the connection: the server would not.
    await rig.quiet();
  }
});

test("a Python server that acknowledges no silence: what was said in full before the end of the sound is kept", async () => {
  const subject = funasrSubject("python", "2pass", { manner: { acknowledges: false } });
  await using rig = await Rig.open(subject, { script });
  const utterance = rig.start();
  rig.hear(utterance, 12);
  await until(() => rig.sentences.length === 2);
  utterance.finish();
  assertEquals((await utterance.result).text, "Good morning. How are you?");
});

const SPEAKING = { isFinal: "speaking" } as const;

test("a Python server that says with is_final whether somebody speaks: its answer to the end of the sound is the last", async () => {
  {
    await using emulator = await Emulator.start(funasr("python", SPEAKING), { script });
    using talk = await speakTo(emulator, { ...BEGIN, mode: "2pass" });
    await until(() => talk.replies.length === 6);
    assertEquals<unknown>(talk.replies.map(({ is_final }) => is_final), [
      true,
      true,
      true,
      true,
      true,
      false,
    ]);
  }
  for (const mode of ["2pass", "offline", "online"] as const) {
    // With seven chunks the second sentence has begun, and its end is told after that of the sound.
    for (const chunks of [12, 7]) {
      await using rig = await Rig.open(funasrSubject("python", mode, { manner: SPEAKING }), { script });
      const utterance = await rig.speak(chunks);
      assertMatch((await utterance.result).text, /^good morning\W+how are you/i, `${mode} ${chunks}`);
      await rig.quiet();
    }
  }
});

test("the same where no word comes before the end of the sound, and where it acknowledges no silence", async () => {
  for (const manner of [SPEAKING, { ...SPEAKING, acknowledges: false }]) {
    const subject = funasrSubject("python", "2pass", { manner });
    const late = { sentences: TWO_SENTENCES.slice(0, 1), everyMs: 10_000 };
    await using rig = await Rig.open(subject, { script: late });
    assertEquals((await (await rig.speak()).result).text, "Good morning.");
    await using silent = await Rig.open(subject);
    assertEquals((await (await silent.speak()).result).text, "");
  }
});

test("words that it had said before it read the end of the sound are not the last", async () => {
  const slow = { sentences: TWO_SENTENCES, delayMs: 150 };
  for (const isFinal of ["speaking", "sentence"] as const) {
    for (const mode of ["2pass", "online"] as const) {
      await using rig = await Rig.open(funasrSubject("python", mode, { manner: { isFinal } }), {
        script: slow,
      });
      const utterance = rig.start();
      rig.hear(utterance, 2);
      await until(() => rig.partials.length > 0);
      rig.hear(utterance, 5);
      await pause(80);
      utterance.finish(); // the second sentence is about to begin, and 80 ms later to end
      assertMatch((await utterance.result).text, /^good morning\W+how are you/i, `${mode} ${isFinal}`);
    }
  }
});

test("the C++ server's words without a second pass are kept, though its end has neither words nor a mode", async () => {
  const subject = funasrSubject("cpp_2pass", "online");
  {
    await using emulator = await Emulator.start(funasr("cpp_2pass"), { script });
    using talk = await speakTo(emulator, { ...BEGIN, mode: "online" });
    await until(() => talk.replies.at(-1)?.is_final === true);
    assertEquals([talk.replies[0]?.mode, talk.replies.at(-1)?.mode], ["2pass-online", undefined]);
  }
  await using rig = await Rig.open(subject, { script });
  assertMatch((await (await rig.speak()).result).text, /^good morning\W+how are you/i);
});

test("a sentence that the second pass owes is waited for, however quiet the Python server is", async () => {
  const subject = funasrSubject("python", "2pass", { manner: { acknowledges: false } });
  const slow = { sentences: TWO_SENTENCES, fault: { at: "finish", what: "hang" } } as const;
  await using rig = await Rig.open(subject, { script: slow });
  const utterance = rig.start();
  rig.hear(utterance, 7); // the second sentence has begun
  await until(() => rig.partials.at(-1)?.endsWith("how") === true);
  utterance.finish();
  assertEquals(await rig.failure(utterance), "asr.timeout");
});

test("without a second pass the Python server has no last word: a quiet second is the end", async () => {
  const subject = funasrSubject("python", "online");
  {
    await using emulator = await Emulator.start(funasr("python"), { script });
    using talk = await speakTo(emulator, { ...BEGIN, mode: "online" });
    await until(() => talk.replies.length > 0);
    await pause(100);
    assertEquals(talk.replies.some(({ is_final }) => is_final === true), false);
  }
  await using rig = await Rig.open(subject, { script });
  assertMatch((await (await rig.speak()).result).text, /^good morning\W+how are you/i);
});

test("a Python server that says nothing of silence ends it as empty, once it answers a ping; one that hangs does not", async () => {
  for (const [mode, manner] of [["online", {}], ["2pass", { acknowledges: false }]] as const) {
    const subject = funasrSubject("python", mode, { manner });
    {
      await using emulator = await Emulator.start(funasr("python", manner));
      using talk = await speakTo(emulator, { ...BEGIN, mode });
      await pause(100);
      assertEquals(talk.heard, []);
    }
    {
      await using rig = await Rig.open(subject);
      assertEquals((await (await rig.speak()).result).text, "");
      await rig.quiet();
    }
    await using rig = await Rig.open(subject, { script: { fault: { at: "finish", what: "hang" } } });
    assertEquals(await rig.failure(await rig.speak()), "asr.timeout");
  }
});

test("the C++ server, once it is known by its answers, is waited for although it answers pings and was not heard yet", async () => {
  const clock = fastClock(5);
  const subject: Subject = {
    ...funasrSubject("cpp_2pass", "2pass", { manner: { nameless: true } }),
    clock,
  };
  // It thinks for longer than it takes to ask who says nothing.
  const slow = { sentences: TWO_SENTENCES.slice(0, 1), delayMs: 500 };
  await using rig = await Rig.open(subject, { script: slow, timeoutMs: 5_000 });
  const first = rig.start();
  rig.hear(first, 12);
  await until(() => rig.partials.length > 0);
  first.finish();
  assertEquals((await first.result).text, "Good morning.");
  const short = await rig.speak(1); // no word before its end
  assertEquals((await short.result).text, "Good morning.");
});

/** How loud noise is that may be speech. */
const LOUD = 8_000;

/** A server that thinks for longer than it takes to ask who says nothing, and had said no word before the end. */
async function openSlow(
  flavor: FunasrFlavor,
  mode: "2pass" | "offline" | "online",
  manner: FunasrManner = {},
) {
  const subject: Subject = {
    ...funasrSubject(flavor, mode, { manner }),
    clock: fastClock(5),
  };
  const slow = { sentences: TWO_SENTENCES.slice(0, 1), everyMs: 10_000, delayMs: 700 };
  return await Rig.open(subject, { script: slow, timeoutMs: 3_000 });
}

async function hearOnce(rig: Rig, amplitude: number): Promise<string> {
  const utterance = rig.start();
  rig.hear(utterance, 10);
  rig.hear(utterance, 10, amplitude);
  utterance.finish();
  return (await utterance.result).text;
}

test("a slow C++ server is waited for from its first utterance on: its handshake says what it is", async () => {
  for (const mode of ["2pass", "online"] as const) {
    await using rig = await openSlow("cpp_2pass", mode);
    // It is known, so it does not matter whether it may have been silence.
    assertMatch(await hearOnce(rig, 100), /^good morning/i, mode);
  }
});

test("a slow server behind a proxy that hides what it is: it is waited for where there may have been speech", async () => {
  for (
    const [flavor, mode] of [["cpp_2pass", "2pass"], ["cpp_offline", "offline"], [
      "python",
      "2pass",
    ]] as const
  ) {
    await using rig = await openSlow(flavor, mode, { nameless: true });
    assertMatch(await hearOnce(rig, LOUD), /^good morning/i, `${flavor} ${mode}`);
  }
});

test("silence is empty on a Python server that acknowledges nothing, in each mode, whether it says what it is or not", async () => {
  for (const mode of ["2pass", "offline", "online"] as const) {
    for (const nameless of [false, true]) {
      const subject = funasrSubject("python", mode, { manner: { acknowledges: false, nameless } });
      await using rig = await Rig.open(subject, { timeoutMs: 2_000 });
      assertEquals(await hearOnce(rig, 100), "", `${mode}, nameless: ${nameless}`);
      await rig.quiet();
    }
  }
});

test("noise in which there are no words is empty on a Python server that says what it is; else it cannot be told from one that is slow", async () => {
  const modes = ["2pass", "offline", "online"] as const;
  const servers = modes.flatMap((mode) => [false, true].map((nameless) => ({ mode, nameless })));
  await Promise.all(servers.map(async ({ mode, nameless }) => {
    const subject = funasrSubject("python", mode, { manner: { acknowledges: false, nameless } });
    await using rig = await Rig.open(subject, { timeoutMs: 1_000 });
    const utterance = rig.start();
    rig.hear(utterance, 10);
    rig.hear(utterance, 10, LOUD);
    utterance.finish();
    if (nameless) assertEquals(await rig.failure(utterance), "asr.timeout", mode);
    else assertEquals((await utterance.result).text, "", mode);
  }));
});

test("a Python server in the place of a C++ one is known by its first words", async () => {
  const nothing = () => {};
  const silent = {
    text: nothing,
    binary: nothing,
    partial: nothing,
    final: nothing,
    end: nothing,
    error: nothing,
  };
  const [cpp, python] = [funasr("cpp_2pass"), funasr("python")];
  const servers: Dialect["connect"][] = [cpp.connect, python.connect];
  const subject: Subject = {
    ...funasrSubject("python", "2pass"),
    dialect: { connect: (io, request) => servers.shift()?.(io, request) ?? silent },
  };
  await using rig = await Rig.open(subject, { script });
  for (const [index, text] of ["Good morning. How are you?", "Good morning. How are you?", ""].entries()) {
    const utterance = rig.start();
    rig.hear(utterance, 12);
    if (text !== "") await until(() => rig.sentences.length > 2 * index);
    utterance.finish();
    assertEquals((await utterance.result).text, text);
  }
});

test("without a second pass, words that come late are waited for although nothing was heard before", async () => {
  const late = { sentences: TWO_SENTENCES, everyMs: 10_000, delayMs: 100 };
  await using rig = await Rig.open(funasrSubject("python", "online"), { script: late });
  assertMatch((await (await rig.speak()).result).text, /^good morning\W+how are you/i);
});

test("no frame is larger than 1 MiB, however much sound there is at once; the emulator is strict about it", async () => {
  const limitBytes = 1_048_576;
  await using rig = await Rig.open(funasrSubject("cpp_2pass", "2pass"), { script });
  const pcm = new Int16Array(40 * 16_000);
  assert(pcm.byteLength > limitBytes);
  rig.buffer.push({ seq: 0, receivedMs: 0, durationMs: 40_000, opus: SILENT_OPUS_PACKET, pcm });
  const utterance = rig.start();
  utterance.pump();
  utterance.finish();
  assertEquals((await utterance.result).text, "Good morning. How are you?");

  for (const [sizeBytes, violations] of [[limitBytes, 0], [limitBytes + 2, 1]] as const) {
    const emulator = await Emulator.start(funasr("cpp_2pass"), { script });
    {
      using talk = await RawTalk.open(emulator.origin);
      talk.send({ ...BEGIN, mode: "2pass" });
      talk.send(new Uint8Array(sizeBytes));
      talk.send({ is_speaking: false });
      await until(() => talk.heard.length > 0 || talk.end !== undefined);
    }
    assertEquals(emulator.violations.length, violations);
    if (violations === 0) await emulator[Symbol.asyncDispose]();
    else await assertRejects(() => emulator[Symbol.asyncDispose](), Error, "a frame of an odd size");
  }
});

test("hotwords leave as a string, or the C++ server would die of them", async () => {
  const subject = funasrSubject("cpp_2pass", "2pass", { hotwords: { word: 20 } });
  await using rig = await Rig.open(subject, { script });
  const { text } = await (await rig.speak()).result;
  assert(text.startsWith("Good morning"));
});
