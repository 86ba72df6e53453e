import { assertEquals } from "@std/assert";
import { signedTencentRequest, tencentSignature } from "../../../lib/service/vendors/tencent_request.ts";
import { test } from "../../support/test.ts";

test("the signature of Tencent's documentation", () => {
  assertEquals(
    tencentSignature({
      host: "cvm.tencentcloudapi.com",
      service: "cvm",
      secretKey: "Gu5t9xGARNpq86cd98joQYCN3*******",
      contentType: "application/json; charset=utf-8",
      body: String
        .raw`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`,
      timestamp: 1_551_113_065,
    }),
    "2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c",
  );
});

test("a signed request names the action, the version, the time, and whose signature it is", () => {
  const request = signedTencentRequest({
    url: "http://localhost:8000/",
    service: "tts",
    secretId: "id",
    secretKey: "key",
    action: "TextToVoice",
    version: "2019-08-23",
    region: "ap-guangzhou",
    parameters: { Text: "你好" },
    now: new Date("2019-02-25T23:59:59.999Z"),
  });
  const timestamp = 1_551_139_199;
  const signature = tencentSignature({
    host: "localhost:8000",
    service: "tts",
    secretKey: "key",
    contentType: "application/json; charset=utf-8",
    body: '{"Text":"你好"}',
    timestamp,
  });
  assertEquals(request, {
    url: "http://localhost:8000/",
    headers: {
      "Authorization": "TC3-HMAC-SHA256 Credential=id/2019-02-25/tts/tc3_request, " +
        `SignedHeaders=content-type;host, Signature=${signature}`,
      "Content-Type": "application/json; charset=utf-8",
      "X-TC-Action": "TextToVoice",
      "X-TC-Version": "2019-08-23",
      "X-TC-Timestamp": String(timestamp),
      "X-TC-Region": "ap-guangzhou",
    },
    body: '{"Text":"你好"}',
  });
});
