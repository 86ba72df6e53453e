import { assertEquals, assertMatch } from "@std/assert";

import { Rig } from "../../contract/rig.ts";
import { SUBJECTS } from "../../contract/subjects.ts";
import { TWO_SENTENCES } from "../../support/emulators/script.ts";
import { test } from "../../support/test.ts";

const subject = SUBJECTS.find(({ name }) => name === "dashscope pcm");

test("one connection carries one task after the other, each with an id of its own", async () => {
  if (subject === undefined) throw new Error("no such subject");
  await using rig = await Rig.open(subject, { script: { sentences: TWO_SENTENCES } });
  for (let turn = 0; turn < 3; turn++) {
    const cursor = rig.buffer.cursor(`turn ${turn}`);
    const utterance = rig.start(cursor);
    rig.hear(utterance, 12);
    utterance.finish();
    assertMatch((await utterance.result).text, /^Good morning/);
    cursor.close();
  }
  assertEquals(rig.emulator.connections, 1);
});

test("a kept connection that has died meanwhile is replaced, unnoticed by the speaker", async () => {
  if (subject === undefined) throw new Error("no such subject");
  await using rig = await Rig.open(subject, { script: { sentences: TWO_SENTENCES }, retries: 2 });
  assertMatch((await (await rig.speak()).result).text, /^Good morning/);
  rig.emulator.dropAll();
  const cursor = rig.buffer.cursor("second");
  const utterance = rig.start(cursor);
  rig.hear(utterance, 12);
  utterance.finish();
  assertMatch((await utterance.result).text, /^Good morning/);
  cursor.close();
  assertEquals(rig.emulator.connections, 2);
});
