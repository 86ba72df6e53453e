import { assertEquals } from "@std/assert";
import { signedTencentUrl } from "../../../lib/asr/providers/tencent_url.ts";
import { xunfeiResult, XunfeiText } from "../../../lib/asr/providers/xunfei_text.ts";
import { signedXunfeiUrl, xunfeiSignature } from "../../../lib/asr/providers/xunfei_url.ts";
import { pause, Rig } from "../../contract/rig.ts";
import { xunfeiSubject } from "../../contract/subjects.ts";
import { test } from "../../support/test.ts";

const SECRET = "secretxxxxxxxx2df7900c09xxxxxxxx";

test("the signatures of iFlytek's documentation", () => {
  const v2 = { host: "iat-api.xfyun.cn", path: "/v2/iat", date: "Wed, 10 Jul 2019 07:35:43 GMT" };
  assertEquals(xunfeiSignature(SECRET, v2), "Hp3Ty4ZkSBmL8jKyOLpQiv9Sr5nvmeYEH7WsL/ZO2Jg=");
  const spark = { host: "iat.xf-yun.com", path: "/v1", date: "Tue, 14 May 2024 08:46:48 GMT" };
  assertEquals(xunfeiSignature(SECRET, spark), "S66FeqTJlvkd+KfJg+a73BAabocwRg2scKflONI8o80=");
});

test("a signed URL carries authorization, date and host", () => {
  const now = new Date("2019-07-10T07:35:43Z");
  const url = new URL(
    signedXunfeiUrl("wss://iat-api.xfyun.cn/v2/iat", { apiKey: "key", apiSecret: SECRET, now }),
  );
  assertEquals(url.searchParams.get("date"), "Wed, 10 Jul 2019 07:35:43 GMT");
  assertEquals(url.searchParams.get("host"), "iat-api.xfyun.cn");
  assertEquals(
    atob(url.searchParams.get("authorization") ?? ""),
    'api_key="key", algorithm="hmac-sha256", headers="host date request-line", ' +
      'signature="Hp3Ty4ZkSBmL8jKyOLpQiv9Sr5nvmeYEH7WsL/ZO2Jg="',
  );
});

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

test("Tencent signs sorted parameters as they are, and + and = are encoded in the URL", () => {
  // HMAC-SHA1 of "asr.cloud.tencent.com/asr/v2/1250?a=x y&b=2" by openssl.
  const url = signedTencentUrl("wss://asr.cloud.tencent.com/asr/v2/1250", {
    secretKey: "key",
    parameters: { b: 2, a: "x y" },
  });
  assertEquals(new URL(url).searchParams.get("signature"), "sxyjL6dbYbFF4UBxQHtze8NTcbI=");
  assertEquals(/[+=/]/.test(url.slice(url.indexOf("signature=") + 10)), false);
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
