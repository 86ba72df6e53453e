import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { asrConfig } from "../../../lib/asr/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { pause, Rig } from "../../contract/rig.ts";
import { wyomingSubject } from "../../contract/subjects.ts";
import { TWO_SENTENCES } from "../../support/emulators/script.ts";
import type { WyomingManner } from "../../support/emulators/wyoming.ts";
import { test } from "../../support/test.ts";

const SPOKEN = { sentences: TWO_SENTENCES };
const TEXT = "Good morning. How are you?";

test("every way to split, merge and place an event's fields gives the same words", async () => {
  for (const data of ["inline", "after", "both"] as const) {
    for (const writes of ["split", "merged"] as const) {
      for (const streams of [true, false]) {
        await using rig = await Rig.open(wyomingSubject({ streams, data, writes }), { script: SPOKEN });
        const { text, language } = await (await rig.speak()).result;
        assertEquals([text, language, rig.sentences], [TEXT, "en", [TEXT]], `${data} ${writes} ${streams}`);
        assertEquals(rig.partials.length > 0, streams);
      }
    }
  }
});

test("a server that streams and gives no whole: its pieces are the words", async () => {
  const manner: WyomingManner = { streams: true, data: "after", writes: "merged", whole: false };
  await using rig = await Rig.open(wyomingSubject(manner), { script: SPOKEN });
  assertEquals((await (await rig.speak()).result).text, "good morning how");
});

test("the language and the model are asked for by the names that the config gives, or as asr.language says", async () => {
  const asked: unknown[] = [];
  const manner: WyomingManner = {
    streams: false,
    data: "after",
    writes: "merged",
    onAsked: (fields) => asked.push(fields),
  };
  for (const config of [{}, { language: "zh" }, { model: "tiny", language: "yue" }]) {
    await using rig = await Rig.open(wyomingSubject(manner, config), { script: SPOKEN });
    await (await rig.speak()).result;
  }
  assertEquals(asked, [{ language: "en" }, { language: "zh" }, { language: "yue", name: "tiny" }]);
});

test("an error of the server fails the utterance with its code and words", async () => {
  const fault = { at: "mid", what: "error", kind: "bad_audio" } as const;
  const manner: WyomingManner = { streams: false, data: "after", writes: "split" };
  await using rig = await Rig.open(wyomingSubject(manner), { script: { ...SPOKEN, fault } });
  const utterance = rig.start();
  rig.hear(utterance, 6);
  const error = await assertRejects(() => utterance.result, EarshotError);
  assertEquals(error.code, "asr.failed");
  assertMatch(error.message, /bad_audio it went wrong/);
});

test("a server that closes after its transcript has answered; the next utterance gets a connection of its own", async () => {
  const manner: WyomingManner = { streams: false, data: "after", writes: "merged" };
  await using rig = await Rig.open(wyomingSubject(manner), { script: SPOKEN });
  for (let turn = 1; turn <= 3; turn++) {
    const cursor = rig.buffer.cursor(`turn ${turn}`);
    const utterance = rig.start(cursor);
    rig.hear(utterance, 12);
    utterance.finish();
    assertEquals((await utterance.result).text, TEXT);
    cursor.close();
    await pause(10);
    assertEquals(rig.emulator.connections, turn);
  }
  await rig.quiet();
});

test("the config takes a TCP address with a port, and nothing else", () => {
  for (const url of ["ws://host:1", "tcp://host", "host:10300"]) {
    assertEquals(asrConfig.safeParse({ wyoming: { url } }).success, false, url);
  }
  assertEquals(
    asrConfig.parse({ wyoming: { url: "tcp://[::1]:10300" } })["wyoming"]?.["url"],
    "tcp://[::1]:10300",
  );
});
