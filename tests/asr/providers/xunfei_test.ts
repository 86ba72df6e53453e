import { assertEquals } from "@std/assert";
import { xunfeiResult, XunfeiText } from "../../../lib/asr/providers/xunfei_text.ts";
import { pause, Rig } from "../../contract/rig.ts";
import { xunfeiSubject } from "../../contract/subjects.ts";
import { test } from "../../support/test.ts";

test("pieces are appended, and rpl takes out its whole range first", () => {
  const text = new XunfeiText();
  const add = (sn: number, words: string, more: object = {}) =>
    text.add(xunfeiResult.parse({ sn, ws: [{ cw: [{ w: words }, { w: "second choice" }] }], ...more }));
  add(1, "早", { pgs: "apd" });
  add(2, "上", { pgs: "apd" });
  assertEquals(`${text}`, "早上");
  add(3, "早上好", { pgs: "rpl", rg: [1, 2] });
  assertEquals(`${text}`, "早上好");
  add(4, "。", { pgs: "apd" });
  assertEquals(`${text}`, "早上好。");
  const plain = new XunfeiText();
  plain.add(xunfeiResult.parse({ sn: 2, ws: [{ cw: [{ w: "b" }] }] }));
  plain.add(xunfeiResult.parse({ sn: 1, ws: [{ cw: [{ w: "a" }] }] }));
  assertEquals(`${plain}`, "ab");
});

test("10 s without sound and more than 60 s of it end the utterance with their codes", async () => {
  for (const version of ["v2", "spark"] as const) {
    {
      await using rig = await Rig.open(xunfeiSubject(version, { idleMs: 100 }));
      const utterance = rig.start();
      rig.hear(utterance, 2);
      assertEquals(await rig.failure(utterance), "asr.timeout");
    }
    await using rig = await Rig.open(xunfeiSubject(version, { longestMs: 600 }));
    const utterance = rig.start();
    rig.hear(utterance, 12);
    assertEquals(await rig.failure(utterance), "asr.timeout");
  }
});

test("the runner's silence keeps an utterance alive through a pause that is longer than 10 s", async () => {
  const speed = 10;
  const idleMs = 10_000 / speed;
  await using rig = await Rig.open(xunfeiSubject("v2", { idleMs }), { speed });
  const utterance = rig.start();
  rig.hear(utterance, 2);
  await pause(1.5 * idleMs);
  utterance.finish();
  assertEquals([(await utterance.result).text, rig.emulator.connections], ["", 1]);
});
