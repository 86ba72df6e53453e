import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { edgeTokenV1 } from "../../../lib/tts/providers/edge_token_v1.ts";
import { TtsRig, type TtsRigOptions } from "../../contract/tts_rig.ts";
import { edgeSubject } from "../../contract/tts_subjects.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";
import { hearTone } from "../../support/tones.ts";
import { until } from "../../support/until.ts";

const TEXT = "Hello there.";

async function openEdge(
  { settings, manner, ...options }: TtsRigOptions & {
    readonly settings?: Parameters<typeof edgeSubject>[0];
    readonly manner?: Parameters<typeof edgeSubject>[1];
  } = {},
): Promise<TtsRig> {
  return await TtsRig.open(edgeSubject(settings, manner), options);
}

async function errorOf(rig: TtsRig): Promise<EarshotError> {
  return await assertRejects(() => rig.hear(TEXT), EarshotError);
}

/** What was asked to be spoken, request by request. */
function textsOf(rig: TtsRig): readonly string[] {
  return rig.emulator?.requests.map(({ text }) => text) ?? [];
}

test("the token of a moment is that of its five minutes", async () => {
  const client = "6A5AA1D4EAFF4E9FB37E23D68491D6F4";
  const at = (unixS: number) => edgeTokenV1.token(unixS * 1_000, client);
  assertEquals(await at(1_700_000_000), "42301B335578FEFDAE2637DED1ABD614505D432559EC08032B82048483726AFF");
  const token = "B0EDD22C7C09868E2F24C10264A8A3EB877773A7B6040B68AFA4FBCBABEA0238";
  assertEquals([await at(1_735_689_600), await at(1_735_689_899.999)], [token, token]);
  assertNotEquals(await at(1_735_689_900), token);
  assertNotEquals(await at(1_735_689_599.999), token);
});

test("a clock that is off is set by the refusal's Date, and stays set", async () => {
  for (const skewMs of [-86_400_000, 3_600_000]) {
    await using rig = await openEdge({ manner: { skewMs } });
    await rig.hear(TEXT);
    assertEquals([rig.requests, rig.count("retried")], [2, 0]);
    await rig.hear(TEXT);
    assertEquals([rig.requests, (await rig.provider.voices?.(rig.canceled.signal))?.length], [3, 3]);
    assertEquals(rig.requests, 4);
  }
});

test("a refusal for good says what it is and which voices there are instead", async () => {
  await using rig = await openEdge({ manner: { takesNobody: true }, retries: 3 });
  const { code, message, retryable } = await errorOf(rig);
  assertEquals([code, retryable, rig.requests], ["tts.auth", false, 2]);
  for (const words of ["unofficial", "403", "type openai", "Kokoro-FastAPI", "OpenAI-compatible proxy"]) {
    assertStringIncludes(message, words);
  }
  assert(message.endsWith("for Edge"), "nothing of it is cut");
  const { voices } = rig.provider;
  const listed = await assertRejects(async () => await voices?.(rig.canceled.signal), EarshotError);
  assertEquals([listed.code, listed.message, rig.requests], ["tts.auth", message, 4]);
});

test("another version is sent as it is, with the browser that belongs to it", async () => {
  const version = "1-150.0.1234.5";
  await using rig = await openEdge({ settings: { version }, manner: { version } });
  assert((await rig.hear(TEXT)).pcm.length > 0);
  await using old = await openEdge({ manner: { takesNobody: true } });
  assertEquals((await errorOf(old)).code, "tts.auth");
});

test("voice and prosody are sent with their signs", async () => {
  const opening = "<voice name='zh-CN-XiaoxiaoNeural'><prosody pitch='-20Hz' rate='+15%' volume='-5%'>";
  const prosody = { ratePercent: 15, pitchHz: -20, volumePercent: -5 };
  await using rig = await openEdge({
    settings: { ...prosody, voice: undefined, languages: ["zh-CN", "en"] },
    manner: { opening },
  });
  await rig.hear("早上好，a & b.");
  assertEquals(textsOf(rig), ["早上好，a & b."]);
});

test("text is never SSML", async () => {
  await using rig = await openEdge();
  const texts = [
    "</prosody></voice><voice name='x'>hi",
    "&lt;break/&gt; &amp;amp; ]]> 'a' \"b\"",
    "<!-- a --> <?b c?> &#x41; &unknown;",
  ];
  for (const text of texts) await rig.hear(text);
  assertEquals(textsOf(rig), texts);
});

test("what XML cannot hold becomes spaces, also where nobody has cleaned the text", async () => {
  await using rig = await openEdge();
  for await (
    const _sound of rig.provider.speak(
      { text: "\u0000a\u0008b\u000bc\u001fd\ufffee\ud800f🙂g", language: "en" },
      rig.canceled.signal,
    )
  );
  assertEquals(textsOf(rig), ["a b c d e f🙂g"]);
});

test("a long text is split by the bytes that it has once it is escaped, on a socket for each part", async () => {
  const escapedBytes = (text: string) =>
    new TextEncoder().encode(text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"))
      .length;
  const family = "👩‍👩‍👧‍👦";
  const long = {
    ["a&".repeat(2_000)]: 2,
    [`${"天气很好，".repeat(60)}。`.repeat(8)]: 2,
    ["&".repeat(3_000) + "a"]: 1,
    [`a${family}`.repeat(300)]: 2,
    ["x".repeat(4_096)]: 1,
    ["Well now. ".repeat(1_000)]: 3,
  };
  for (const [text, least] of Object.entries(long)) {
    await using rig = await openEdge();
    const { pcm } = await rig.hear(text);
    const texts = textsOf(rig);
    assert(texts.length >= least, `${texts.length} parts of ${text.slice(0, 20)}`);
    assert(texts.every((part) => escapedBytes(part) <= 4_096 && part.isWellFormed()));
    assertEquals(pcm.length, texts.length * 648 * 24);
    const bare = (words: string) => words.replaceAll(" ", "");
    const spoken = bare(text).startsWith("&&&") ? bare(text).slice(-bare(texts.join("")).length) : bare(text);
    assertEquals(bare(texts.join("")), spoken);
    assert(
      texts.every((part) => !part.startsWith("\u200d") && !part.endsWith("\u200d")),
      "families stay together",
    );
  }
});

test("a turn that ends without sound is asked for once more, then it is empty", async () => {
  const empty = { what: "empty" } as const;
  await using once = await openEdge({ script: { fault: empty, faultTimes: 1 } });
  assert((await once.hear(TEXT)).pcm.length > 0);
  assertEquals([once.requests, once.count("silent"), once.count("retried")], [2, 0, 0]);
  await using always = await openEdge({ script: { fault: empty }, retries: 3 });
  assertEquals((await always.hear(TEXT)).pcm.length, 0);
  assertEquals([always.requests, always.events.map(({ type }) => type)], [2, ["silent", "ended"]]);
});

test("a minute at once", async () => {
  await using rig = await openEdge({ manner: { soundMs: 60_000 } });
  const { pcm, sampleRateHz, pieces } = await rig.hear(TEXT);
  assertEquals([pcm.length / sampleRateHz, sampleRateHz], [60, 24_000]);
  assert(Math.max(...pieces) < 24_000 * 31, "a frame's sound at most");
  assertAlmostEquals(hearTone(pcm.subarray(2_400, 12_000), sampleRateHz).hz, 440, 10);
});

test("a pause of 30 s ends at the deadline, before the sound and amid it", async () => {
  for (const at of ["first", "mid"] as const) {
    const clock = new FakeClock();
    await using rig = await openEdge({
      clock,
      firstSoundTimeoutMs: 8_000,
      stallTimeoutMs: 5_000,
      script: { fault: { what: "hang", at } },
    });
    const failed = rig.failure();
    await until(() => at === "first" ? textsOf(rig)[0] === TEXT : rig.count("started") === 1, "the pause");
    for (let passedMs = 0; passedMs < 30_000; passedMs += 1_000) await clock.advance(1_000);
    assertEquals(await failed, "tts.timeout");
    assertEquals(await rig.closedAtService(), "closed");
  }
});

test("its voices, with what is known of each", async () => {
  await using rig = await openEdge();
  assertEquals(await rig.provider.voices?.(rig.canceled.signal), [
    { name: "zh-CN-XiaoxiaoNeural", language: "zh-CN", about: "Female, Warm, News, Novel" },
    { name: "en-US-AvaMultilingualNeural", language: "en-US", about: "Female" },
    { name: "xx-XX-NewNeural" },
  ]);
});

test("a voice speaks the language of its name", () => {
  const languages = (voice?: string, more = {}) =>
    voiceCapabilitiesOf({ type: "edge", ...(voice !== undefined && { voice }), ...more }).languages;
  assertEquals(languages(), ["zh-CN"]);
  assertEquals(languages("zh-CN-liaoning-XiaobeiNeural"), ["zh-CN"]);
  assertEquals(languages("zh-HK-HiuGaaiNeural"), ["zh-HK", "yue"]);
  assertEquals(languages("iu-Latn-CA-SiqiniqNeural"), ["iu-Latn-CA"]);
  assertEquals(languages("fil-PH-AngeloNeural"), ["fil-PH"]);
  assertEquals(languages("en-US-AvaMultilingualNeural"), "any");
  assertEquals(languages("en-US-EmmaNeural", { languages: ["en", "de"] }), ["en", "de"]);
});

test("config: a voice and a version are what they look like, and the token can be made", () => {
  const faultsOf = (block: object) => {
    const read = ttsConfig.safeParse({ e: { type: "edge", ...block } });
    return read.success ? [] : read.error.issues.map(({ path }) => path.join("."));
  };
  assertEquals(faultsOf({}), []);
  assertEquals(faultsOf({ voice: "x'/><break/>" }), ["e.voice"]);
  assertEquals(faultsOf({ voice: "Xiaoxiao" }), ["e.voice"]);
  assertEquals(faultsOf({ version: "143" }), ["e.version"]);
  assertEquals(faultsOf({ version: "2-143.0.3650.75" }), ["e.version"]);
  assertEquals(faultsOf({ ratePercent: 201 }), ["e.ratePercent"]);
});
