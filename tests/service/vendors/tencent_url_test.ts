import { assertEquals } from "@std/assert";
import { signedTencentUrl } from "../../../lib/service/vendors/tencent_url.ts";
import { test } from "../../support/test.ts";

test("Tencent signs sorted parameters as they are, and + and = are encoded in the URL", () => {
  // HMAC-SHA1 of "asr.cloud.tencent.com/asr/v2/1250?a=x y&b=2" by openssl.
  const url = signedTencentUrl("wss://asr.cloud.tencent.com/asr/v2/1250", {
    secretKey: "key",
    parameters: { b: 2, a: "x y" },
  });
  assertEquals(new URL(url).searchParams.get("signature"), "sxyjL6dbYbFF4UBxQHtze8NTcbI=");
  assertEquals(/[+=/]/.test(url.slice(url.indexOf("signature=") + 10)), false);
});

test("a voice's URL is signed with GET before its host, and only the signature is encoded", () => {
  const url = signedTencentUrl("wss://tts.cloud.tencent.com/stream_wsv2", {
    secretKey: "SECRET",
    method: "GET",
    signedBy: "Signature",
    parameters: {
      Volume: 0,
      VoiceType: 101001,
      Timestamp: 1_700_000_000,
      Speed: 0,
      SessionId: "s1",
      SecretId: "AKID",
      SampleRate: 16_000,
      Expired: 1_700_086_400,
      Codec: "pcm",
      AppId: 1_250_000_000,
      Action: "TextToStreamAudioWSv2",
    },
  });
  assertEquals(
    url,
    "wss://tts.cloud.tencent.com/stream_wsv2?Action=TextToStreamAudioWSv2&AppId=1250000000&Codec=pcm&" +
      "Expired=1700086400&SampleRate=16000&SecretId=AKID&SessionId=s1&Speed=0&Timestamp=1700000000&" +
      "VoiceType=101001&Volume=0&Signature=QQwVSqlO3p6xa%2BWZJ4CijlzttXg%3D",
  );
});
