import { capabilitiesOf } from "../../../lib/asr/mod.ts";
import { assertEquals } from "@std/assert";
import { pause, Rig } from "../../contract/rig.ts";
import { DOUBAO_MANNERS, doubaoSubject, type DoubaoVariant } from "../../contract/subjects.ts";
import { DOUBAO_PATHS } from "../../support/emulators/doubao.ts";
import { TWO_SENTENCES } from "../../support/emulators/script.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

const SPOKEN = { sentences: TWO_SENTENCES };
const SENTENCES = TWO_SENTENCES.map(({ final }) => final);
const PLAIN: DoubaoVariant = {
  path: "bigmodel_async",
  manner: DOUBAO_MANNERS.lean,
  keys: "new",
  encoding: "pcm",
  gzip: true,
};

test("each URL, with either header style, packed or not, with PCM and Opus, hears each sentence once", async () => {
  for (const path of DOUBAO_PATHS) {
    for (const keys of ["old", "new"] as const) {
      for (const gzip of [true, false]) {
        for (const encoding of ["pcm", "opus"] as const) {
          for (const manner of Object.values(DOUBAO_MANNERS)) {
            const subject = doubaoSubject({ path, manner, keys, encoding, gzip });
            await using rig = await Rig.open(subject, { script: SPOKEN });
            const utterance = rig.start();
            rig.hear(utterance, 12);
            utterance.finish();
            assertEquals((await utterance.result).text, SENTENCES.join(" "), `${subject.name} ${keys}`);
            assertEquals(rig.sentences, SENTENCES, `${subject.name} ${keys}`);
          }
        }
      }
    }
  }
});

test("only the URLs that stream promise partials and endpointing, and only they give them", async () => {
  for (const path of DOUBAO_PATHS) {
    const streams = path !== "bigmodel_nostream";
    const subject = doubaoSubject({ ...PLAIN, path });
    const { partials, endpointing } = capabilitiesOf({
      ...subject.block("ws://localhost"),
      apiKey: { env: "UNUSED" },
    });
    assertEquals([partials, endpointing], [streams, streams]);
    await using rig = await Rig.open(subject, { script: SPOKEN });
    const utterance = rig.start();
    rig.hear(utterance, 12);
    if (streams) await until(() => rig.partials.length > 0 && rig.sentences.length > 0);
    else await pause(100);
    assertEquals([rig.partials.length > 0, rig.sentences.length > 0], [streams, streams], path);
    utterance.finish();
    assertEquals((await utterance.result).text, SENTENCES.join(" "));
    assertEquals(rig.partials.length > 0, streams, path);
  }
});

test("bigmodel_nostream says what it heard once there are more than 15 s, and the rest at the end", async () => {
  const script = { sentences: TWO_SENTENCES, everyMs: 4_000 };
  await using rig = await Rig.open(doubaoSubject({ ...PLAIN, path: "bigmodel_nostream" }), { script });
  const utterance = rig.start();
  rig.hear(utterance, 250);
  await pause(100);
  assertEquals(rig.sentences, [], "15 s are not more than 15 s");
  rig.hear(utterance, 8);
  await until(() => rig.sentences.length > 0);
  assertEquals([rig.sentences, rig.partials], [SENTENCES.slice(0, 1), []]);
  utterance.finish();
  assertEquals((await utterance.result).text, SENTENCES.join(" "));
});

test("a session that died of idleness fails at once, though the service leaves the socket open", async () => {
  const manner = { ...DOUBAO_MANNERS.lean, idleMs: 100 };
  await using rig = await Rig.open(doubaoSubject({ ...PLAIN, manner }), { script: SPOKEN });
  const utterance = rig.start();
  rig.hear(utterance, 1);
  // Nobody has finished: no deadline runs, and nothing but the service's words can end it.
  assertEquals(await rig.failure(utterance), "asr.disconnected");
  await rig.quiet();
});

test("a session that died before a word was heard is replaced, unnoticed by the speaker", async () => {
  const manner = { ...DOUBAO_MANNERS.lean, idleMs: 150 };
  const script = { ...SPOKEN, everyMs: 200 };
  await using rig = await Rig.open(doubaoSubject({ ...PLAIN, manner }), { script, retries: 2 });
  const utterance = rig.start();
  rig.hear(utterance, 1);
  await until(() => rig.retried.length > 0);
  rig.hear(utterance, 19);
  utterance.finish();
  assertEquals((await utterance.result).text, SENTENCES.join(" "));
  assertEquals([rig.retried, rig.emulator.connections], [["asr.disconnected"], 2]);
});

test("silence is sent before the service would give up, so a long pause ends nothing", async () => {
  const speed = 5;
  const manner = { ...DOUBAO_MANNERS.lean, idleMs: 5_000 / speed };
  await using rig = await Rig.open(doubaoSubject({ ...PLAIN, manner }), { script: SPOKEN, speed });
  const utterance = rig.start();
  rig.hear(utterance, 2);
  await pause(2.2 * manner.idleMs);
  rig.hear(utterance, 10);
  utterance.finish();
  assertEquals((await utterance.result).text, SENTENCES.join(" "));
  assertEquals(rig.emulator.connections, 1);
});

test("too many streams at once may pass, a spent trial does not, though both have one code", async () => {
  for (
    const [type, code] of [["concurrency", "asr.throttled"], [
      "audio_duration_lifetime",
      "asr.quota",
    ]] as const
  ) {
    const body = JSON.stringify({ code: 45000292, message: `quota exceeded for types: ${type}` });
    const fault = { at: "connect", what: "refuse", status: 429, body } as const;
    await using rig = await Rig.open(doubaoSubject(PLAIN), { script: { fault }, tls: true });
    assertEquals(await rig.failure(await rig.speak()), code);
  }
});
