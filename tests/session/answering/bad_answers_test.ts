import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { CATALOG, type ErrorCode } from "../../../lib/errors/mod.ts";
import { FIXED_SENTENCES, type FixedSentence, shippedSentence } from "../../../lib/tts/mod.ts";
import { EmulatedServices, type EmulatedServicesOptions } from "../../support/emulated_services.ts";
import type { LlmBehavior } from "../../support/emulators/llm_behavior.ts";
import type { SpeechScript } from "../../support/emulators/speech_script.ts";
import { FakeMemory } from "../../support/fake_memory.ts";
import { fastClock } from "../../support/fast_clock.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { TestGateway } from "../../support/test_gateway.ts";
import { longTone, toneSamples } from "../../support/tones.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

/** How much faster than time answers play. */
const SPEED = 4;
const HTML = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>";

/** What is answered badly, and what has to come of it. */
interface Bad {
  readonly name: string;
  readonly llm?: LlmBehavior;
  readonly tts?: SpeechScript;
  readonly services?: EmulatedServicesOptions;
  readonly agent?: Readonly<Record<string, unknown>>;
  readonly question?: string;
  /** What the device shows and says, where something is wrong; `undefined` where nothing is. */
  readonly told?: ErrorCode;
  /** What it is told that is no fault. */
  readonly says?: FixedSentence;
  /** What the metrics say of it. */
  readonly counted: string;
  /** Whether the next question fares no better, as with a wrong key. */
  readonly lasts?: boolean;
  /** Looks at what reached the voice, in whatever order, and at the record. */
  readonly check?: (
    seen: {
      readonly spoken: readonly string[];
      readonly services: EmulatedServices;
      readonly device: HandDevice;
      readonly memory: FakeMemory;
    },
  ) => void;
}

/** None passes, however busy the machine is. */
const DEADLINES: EmulatedServicesOptions = {
  llm: { headersTimeoutMs: 100_000, firstTokenTimeoutMs: 100_000, tokenTimeoutMs: 100_000 },
  tts: { firstSoundTimeoutMs: 100_000, stallTimeoutMs: 100_000 },
};
const KEYED: EmulatedServicesOptions = { ...DEADLINES, manner: { server: "openai" } };

const failed = (code: string) => `earshot_${code.split(".")[0]}_failures_total{code="${code}"} 1`;
const ANSWERED = `earshot_llm_answers_total{outcome="stop"} 1`;

const BAD: readonly Bad[] = [
  {
    name: "a language model that writes Markdown",
    llm: { answer: "# The weather\n\n**Sunny**, with _some_ `wind`.\n\n- 20 degrees\n- [more](http://x.y)" },
    counted: ANSWERED,
    check: ({ spoken }) => {
      for (const word of ["weather", "Sunny", "some", "wind", "20 degrees", "more"]) {
        assertMatch(spoken.join(" "), new RegExp(word));
      }
      assertNotMatch(spoken.join(" "), /[*_`#[\]]|http/);
    },
  },
  {
    name: "a language model that writes HTML",
    llm: { answer: "<p>It is <b>ten</b> o'clock &amp; sunny.</p><br/><script>alert(1)</script>" },
    counted: ANSWERED,
    check: ({ spoken }) => {
      const words = spoken.join(" ");
      assertMatch(words, /It is ten o'clock/);
      assertMatch(words, /sunny/);
      assertNotMatch(words, /[<>]|amp;|script|alert/);
    },
  },
  {
    name: "a language model that writes 100,000 characters without a full stop",
    llm: { answer: Array.from({ length: 200 }, () => "and then some ".repeat(40)) },
    agent: { maxAnswerSeconds: 5 },
    says: "cutShort",
    counted: "earshot_llm_answers_cut_total 1",
    check: ({ spoken, memory }) => {
      assert(spoken.every((text) => text.length <= 4_096), "a piece is too long");
      assert((memory.entries[0]?.answer.length ?? Infinity) <= 65_536);
    },
  },
  {
    name: "a language model that only thinks",
    llm: { answer: ["<think>", "They want", " to know.", "</think>", "\n"] },
    told: "llm.empty",
    counted: failed("llm.empty"),
    check: ({ spoken }) => assertEquals(spoken, []),
  },
  {
    name: "a language model that says nothing",
    llm: { answer: [] },
    told: "llm.empty",
    counted: failed("llm.empty"),
  },
  {
    name: "a language model that says nothing that can be spoken",
    llm: { answer: "***\n---\n. . ." },
    told: "llm.empty",
    counted: ANSWERED, // it has answered well enough for its service
  },
  {
    name: "a language model that answers in a language that no voice speaks",
    llm: { answer: "Сегодня хорошая погода." },
    services: { ...DEADLINES, tts: { ...DEADLINES.tts, languages: ["en"] } },
    told: "tts.language",
    counted: failed("tts.language"),
    check: ({ spoken, device }) => {
      assertEquals(spoken, []);
      assert(device.log.includes("tts sentence_start Сегодня хорошая погода."), "it is not on the screen");
    },
  },
  {
    name: "a language model's server that sends HTML",
    llm: { fault: { what: "answer", status: 200, body: HTML, type: "text/html" } },
    told: "llm.protocol",
    counted: failed("llm.protocol"),
  },
  {
    name: "a voice that sends HTML",
    tts: { fault: { what: "body", body: HTML, type: "text/html" } },
    told: "tts.protocol",
    counted: failed("tts.protocol"),
  },
  {
    name: "a voice that sends silence",
    tts: { soundOf: (_text, rate) => new Int16Array(rate) },
    told: "tts.failed",
    counted: "earshot_tts_silent_total 1",
  },
  {
    name: "a voice that sends nothing",
    tts: { fault: { what: "empty" } },
    told: "tts.failed",
    counted: "earshot_tts_silent_total 1",
  },
  {
    name: "a voice that has another rate than was asked for, and says so",
    tts: { sampleRateHz: 8_000, soundOf: (_text, rate) => toneSamples({ hz: 300, durationMs: 1_200 }, rate) },
    services: { ...DEADLINES, tts: { ...DEADLINES.tts, format: "wav" } },
    counted: "earshot_tts_sound_seconds_total 1.2",
    check: ({ device }) => {
      const frames = device.log.filter((line) => line === "frame").length;
      assert(frames >= 19 && frames <= 22, `${frames} frames of 60 ms`);
    },
  },
  {
    name: "a voice of a rate that none has",
    tts: { sampleRateHz: 1_000 },
    services: { ...DEADLINES, tts: { ...DEADLINES.tts, format: "wav" } },
    told: "tts.protocol",
    counted: failed("tts.protocol"),
  },
  {
    name: "a voice that sends 60 s at once",
    tts: { soundOf: (_text, rate) => longTone(60, rate), cuts: [] },
    agent: { maxAnswerSeconds: 5 },
    says: "cutShort",
    counted: `earshot_tts_sentences_total{outcome="canceled"} 1`,
  },
  {
    name: "a voice that sends a byte a second",
    tts: { fault: { what: "trickle" } },
    services: { ...DEADLINES, tts: { ...DEADLINES.tts, firstSoundTimeoutMs: 4_000 } },
    told: "tts.timeout",
    counted: failed("tts.timeout"),
  },
  {
    name: "a missing key of the language model",
    services: { ...DEADLINES, llmKey: "right" },
    told: "llm.auth",
    counted: failed("llm.auth"),
    lasts: true,
  },
  {
    name: "a wrong key of the language model",
    services: { ...DEADLINES, llmKey: "right", sentKeys: { llm: "wrong" } },
    told: "llm.auth",
    counted: failed("llm.auth"),
    lasts: true,
  },
  {
    name: "a spent key of the language model",
    llm: { fault: { what: "refuse", kind: "quota" } },
    told: "llm.quota",
    counted: failed("llm.quota"),
  },
  {
    name: "a missing key of the voice",
    services: KEYED,
    told: "tts.auth",
    counted: failed("tts.auth"),
    lasts: true,
  },
  {
    name: "a wrong key of the voice",
    services: { ...KEYED, sentKeys: { tts: "wrong" } },
    told: "tts.auth",
    counted: failed("tts.auth"),
    lasts: true,
  },
  {
    name: "a spent key of the voice",
    services: { ...KEYED, sentKeys: { tts: "openai-key" } },
    tts: { fault: { what: "refuse", kind: "quota" } },
    told: "tts.quota",
    counted: failed("tts.quota"),
  },
  {
    // The emulators refuse requests with such texts, and the test then fails.
    name: "texts with control characters and unpaired surrogates",
    question: "What\u0007 is\u0000 \ud800up\udc00?",
    llm: { answer: ["Bell\u0007 and ", "half\ud83d", " a\u0000 face\u200b."] },
    counted: ANSWERED,
    check: ({ spoken, services }) => {
      const texts = [...spoken, services.llm.questions[0]?.question ?? ""];
      for (const text of texts) {
        assert(text.isWellFormed(), text);
        // deno-lint-ignore no-control-regex
        assertNotMatch(text.replaceAll("\n", " "), /[\x00-\x1f\x7f]/);
      }
      for (const words of [/Bell and half/, /a face/]) assertMatch(spoken.join(" "), words);
    },
  },
  {
    name: "markup that must not become SSML",
    llm: {
      answer: `It costs <speak><break time="10s"/>5</speak> & <voice name="x">1 < 2</voice> ]]> "quoted".`,
    },
    counted: ANSWERED,
    check: ({ spoken }) => {
      for (const words of [/It costs.*5/, /1 less than 2/, /quoted/]) assertMatch(spoken.join(" "), words);
      assertNotMatch(spoken.join(" "), /[<>]|speak|break|voice/);
    },
  },
];

for (const bad of BAD) {
  test(`${bad.name}: the person is told, it is counted, and the next question is answered`, async () => {
    const { question = "How are you?", told, says, lasts = false } = bad;
    await using services = await EmulatedServices.open({ ...DEADLINES, ...bad.services });
    const memory = new FakeMemory();
    await using gateway = new TestGateway(undefined, {
      ...services.config(bad.agent),
      // Nothing but what is asked for is spoken.
      speechCache: { diskCacheBytes: 0 },
    }, {
      clock: fastClock(SPEED),
      ...services.providers,
      memory,
    });
    services.llm.behavior = { answer: "I am well, thanks.", ...bad.llm };
    services.voice.speech = bad.tts ?? {};
    await using device = await HandDevice.greet(gateway, { headers: { "Device-Id": "02:00:00:00:00:01" } });
    await ask(device, question);
    await checkTold(device, told === undefined ? undefined : CATALOG[told].device.en);
    if (says !== undefined) {
      assert(device.log.includes(`tts sentence_start ${FIXED_SENTENCES[says].en}`), device.log.join(", "));
    }
    await until(() => memory.entries.length === 1, "the record");
    const isFault = told !== undefined && told !== "tts.language" && !bad.counted.includes("silent");
    assertEquals(memory.entries[0]?.code, isFault ? told : undefined);
    await until(() => services.pending === 0, "the end of every request");
    const metrics = await (await fetch(gateway.http("/metrics"))).text();
    const name = bad.counted.replace(/[{ ].*/, "");
    const found = metrics.split("\n").filter((line) => line.startsWith(name)).join("\n");
    assert(metrics.split("\n").includes(bad.counted), `${bad.counted} is not in:\n${found}`);
    const spoken = services.voice.requests.flatMap(({ body }) => body === "" ? [] : [JSON.parse(body).input]);
    bad.check?.({ spoken, services, device, memory });

    services.llm.behavior = { answer: "All is well now." };
    services.voice.speech = {};
    device.heard.length = 0;
    device.log.length = 0;
    await ask(device, "And now?");
    if (lasts) return await checkTold(device, told === undefined ? undefined : CATALOG[told].device.en);
    await checkTold(device, undefined);
    assert(device.log.includes("tts sentence_start All is well now."), device.log.join(", "));
  });
}

async function ask(device: HandDevice, text: string): Promise<void> {
  device.say({ type: "listen", state: "detect", text });
  await device.until(() => device.said.includes("tts stop"), "the end of the answer");
}

/** On the screen and aloud; `undefined` where only an answer is. */
async function checkTold({ heard, log }: HandDevice, words: string | undefined): Promise<void> {
  const alerts = heard.filter(({ type }) => type === "alert").map(({ message }) => message);
  assertEquals(alerts, words === undefined ? [] : [words]);
  assert(log.includes("frame"), "nothing was heard");
  if (words === undefined) return;
  const packets = await shippedSentence(words, "en") ?? [];
  const frames = log.slice(log.lastIndexOf(`tts sentence_start ${words}`)).filter((line) => line === "frame");
  assertEquals(frames.length, packets.length, "frames of the sentence");
}
