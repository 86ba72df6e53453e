import { assert, assertEquals, assertRejects } from "@std/assert";
import { writeWav } from "../../../lib/audio/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { oneFormat } from "../../../lib/tts/body/one_format.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";
import { TONE_MP3 } from "../../support/tone_mp3.ts";
import { toneOf, toneSamples } from "../../support/tones.ts";

const SERVICE = { family: "tts", name: "far" } as const;
const text = (words: string) => new TextEncoder().encode(words);
const tone = toneSamples(toneOf("Hello there."), 24_000);
const PCM = new Uint8Array(tone.buffer);
const WAV = writeWav(tone, 24_000);
const OGG = text("OggS\u0000\u0002 and so on, as far as it goes");

async function* from(messages: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  yield* messages;
}

async function read(...messages: readonly Uint8Array[]): Promise<string> {
  try {
    const read = await Array.fromAsync(oneFormat(SERVICE, from(messages)));
    assertEquals(read, messages.filter(({ length }) => length > 0));
    return "same";
  } catch (thrown) {
    assert(thrown instanceof EarshotError);
    return thrown.code;
  }
}

test("sound that stays what it is passes as it is, however it is cut", async () => {
  assertEquals(await read(), "same");
  assertEquals(await read(PCM, new Uint8Array(), PCM), "same");
  assertEquals(await read(WAV, WAV.subarray(44), WAV), "same");
  assertEquals(await read(TONE_MP3, TONE_MP3.subarray(100), TONE_MP3), "same");
  // A frame alone may also be samples.
  assertEquals(await read(TONE_MP3.subarray(0, 144), TONE_MP3), "same");
  assertEquals(await read(OGG, OGG.subarray(9), OGG), "same");
  for (const sound of [PCM.subarray(0, 2_000), WAV, TONE_MP3]) {
    const bytes = Array.from(sound, (_, at) => sound.subarray(at, at + 1));
    assertEquals(await read(...bytes), "same");
  }
});

test("sound that turns into another format is told, whatever was first", async () => {
  for (const first of [PCM, WAV, TONE_MP3, OGG]) {
    for (const then of [WAV, TONE_MP3, OGG, text('{"error":"no"}')].filter((one) => one !== first)) {
      assertEquals(await read(first, then), "tts.protocol");
      assertEquals(await read(first, PCM, then), "tts.protocol");
    }
  }
  const { message } = await assertRejects(
    () => Array.fromAsync(oneFormat(SERVICE, from([PCM, WAV]))),
    EarshotError,
  );
  assert(message.endsWith("its sound turns from pcm to wav"), message);
});

test("samples that look like letters or like a frame are samples", async () => {
  const odd = [
    text("{not quite JSON, and 16 letters or more"),
    text("ID3 and samples after it, as loud as can be"),
    TONE_MP3.subarray(0, 100),
    text("data: 1\n\nevent: 2"),
  ];
  for (const message of odd) assertEquals(await read(PCM, message), "same");
});

test("whatever samples are cut into, they stay samples", async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 })), async (messages) => {
    assertEquals(await read(PCM, ...messages), "same");
  }));
});
