import { assertEquals } from "@std/assert";
import { signedXunfeiUrl, xunfeiSignature } from "../../../lib/service/vendors/xunfei_url.ts";
import { test } from "../../support/test.ts";

const SECRET = "secretxxxxxxxx2df7900c09xxxxxxxx";

test("the signatures of iFlytek's documentation", () => {
  const v2 = { host: "iat-api.xfyun.cn", path: "/v2/iat", date: "Wed, 10 Jul 2019 07:35:43 GMT" };
  assertEquals(xunfeiSignature(SECRET, v2), "Hp3Ty4ZkSBmL8jKyOLpQiv9Sr5nvmeYEH7WsL/ZO2Jg=");
  const spark = { host: "iat.xf-yun.com", path: "/v1", date: "Tue, 14 May 2024 08:46:48 GMT" };
  assertEquals(xunfeiSignature(SECRET, spark), "S66FeqTJlvkd+KfJg+a73BAabocwRg2scKflONI8o80=");
});

test("the signatures of iFlytek's voices", () => {
  const date = "Thu, 01 Aug 2019 01:53:21 GMT";
  const v2 = { host: "tts-api.xfyun.cn", path: "/v2/tts", date };
  assertEquals(xunfeiSignature(SECRET, v2), "kwClvIANtqXII8BL2GwDNUexYGZ7eu03FVvFPHs/4OY=");
  const superVoice = { host: "cbm01.cn-huabei-1.xf-yun.com", path: "/v1/private/mcd9m97e6", date };
  assertEquals(xunfeiSignature(SECRET, superVoice), "UNPzGhB087CYzFKba1iq5BJQaCg3/Iiq90Uu5buh6Rg=");
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
