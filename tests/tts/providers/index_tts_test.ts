import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import { indexTtsSubject } from "../../contract/voices/homebox.ts";
import { test } from "../../support/test.ts";

const TEXT = "Hello there.";

test("the text and the character are asked for, and nothing else", async () => {
  await using rig = await TtsRig.open(indexTtsSubject());
  await rig.hear(TEXT);
  assertEquals(JSON.parse(rig.emulator?.requests[0]?.body ?? ""), { text: TEXT, character: "jay_klee" });
});

test("an unknown character is a fault of the config, and where they are listed is told, of old builds too", async () => {
  for (const old of [false, true]) {
    await using rig = await TtsRig.open(indexTtsSubject({ old }, { voice: "no-one" }));
    const { code, message } = await assertRejects(() => rig.hear(TEXT), EarshotError);
    assertEquals(code, "tts.config");
    assertStringIncludes(message, "earshot voices indexTts lists the characters that it has");
    assertStringIncludes(message, "no-one");
  }
});

test("of the trace of a fault within, its last line is told", async () => {
  const script = { fault: { what: "refuse", kind: "busy" } } as const;
  await using rig = await TtsRig.open(indexTtsSubject(), { script });
  const { code, message } = await assertRejects(() => rig.hear(TEXT), EarshotError);
  assertEquals(code, "tts.failed");
  assert(message.endsWith("it answered 500 RuntimeError: busy"), message);
});

test("voices lists the characters, and nothing of a build that cannot", async () => {
  for (const old of [false, true]) {
    await using rig = await TtsRig.open(indexTtsSubject({ old }));
    const found = await rig.provider.voices?.(rig.canceled.signal);
    assertEquals(found, old ? [] : [{ name: "jay_klee" }, { name: "anna" }]);
  }
});

test("the block: what is left out, what is refused, and what it can do", () => {
  const config = (block: Readonly<Record<string, unknown>>) =>
    ttsConfig.safeParse({ indexTts: block }).success;
  assertEquals(config({ voice: "jay_klee" }), true);
  for (const wrong of [{}, { voice: "" }, { voice: "x", sampleRateHz: 1 }, { voice: "x", url: "x" }]) {
    assertEquals(config(wrong), false, JSON.stringify(wrong));
  }
  assertEquals(voiceCapabilitiesOf({ type: "indexTts", voice: "x" }), {
    languages: ["zh", "en"],
    maxChars: 500,
    textIn: "whole",
  });
});
