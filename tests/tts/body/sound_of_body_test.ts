import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { writeWav } from "../../../lib/audio/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { soundOfBody, type SpeechSound } from "../../../lib/tts/mod.ts";
import { oggOf, streamedWav, wavesOf } from "../../support/emulators/openai_speech.ts";
import { test } from "../../support/test.ts";
import { TONE_MP3 } from "../../support/tone_mp3.ts";
import { hearTone, toneSamples } from "../../support/tones.ts";

const service = { family: "tts", name: "x" } as const;
const TONE = { hz: 400, durationMs: 100 };
const PCM = toneSamples(TONE, 24_000);
const BYTES = new Uint8Array(PCM.buffer);
/** 12 samples, so that a body is short. */
const FEW = Int16Array.from({ length: 12 }, (_, index) => 2_000 * (index - 6));

async function* pieces(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  yield* parts;
}

async function read(
  parts: readonly Uint8Array[],
  { contentType, sampleRateHz = 24_000 }: { readonly contentType?: string; readonly sampleRateHz?: number } =
    {},
): Promise<{ readonly pcm: Int16Array<ArrayBuffer>; readonly sampleRateHz: number }> {
  const sounds = await Array.fromAsync(soundOfBody(pieces(...parts), { service, contentType, sampleRateHz }));
  return {
    pcm: Int16Array.from(sounds.flatMap(({ pcm }) => [...pcm])),
    sampleRateHz: sounds[0]?.sampleRateHz ?? 0,
  };
}

async function codeOf(body: string | Uint8Array, contentType?: string): Promise<string> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const error = await assertRejects(
    () => read([bytes], { ...(contentType && { contentType }) }),
    EarshotError,
  );
  return error.code;
}

const text = (words: string) => new TextEncoder().encode(words);

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Each kind of body, short. */
const BODIES: Readonly<Record<string, Uint8Array>> = {
  "samples": new Uint8Array(FEW.buffer),
  "half a sample more": joined(new Uint8Array(FEW.buffer), Uint8Array.of(7)),
  "WAV": writeWav(FEW, 16_000),
  "WAV of length 0": streamedWav(FEW, { sampleRateHz: 16_000, lengthBytes: 0 }),
  "WAV of unknown length": streamedWav(FEW, { sampleRateHz: 16_000, lengthBytes: 0xffff_ffff }),
  "WAV that is longer than it says": streamedWav(FEW, { sampleRateHz: 16_000, lengthBytes: 9_999 }),
  "a header for each chunk": joined(
    ...[FEW.subarray(0, 5), FEW.subarray(5)].map((part) =>
      streamedWav(part, { sampleRateHz: 16_000, lengthBytes: 0xffff_ffff })
    ),
  ),
  "WAVs of known lengths": joined(writeWav(FEW.subarray(0, 5), 16_000), writeWav(FEW.subarray(5), 16_000)),
};

for (const [name, body] of Object.entries(BODIES)) {
  test(`soundOfBody reads ${name}, wherever it is split`, async () => {
    for (let at = 0; at <= body.length; at++) {
      const { pcm } = await read([body.subarray(0, at), new Uint8Array(), body.subarray(at)]);
      assertEquals([...pcm], [...FEW], `split at ${at}`);
    }
    const { pcm } = await read(Array.from(body, (byte) => Uint8Array.of(byte)));
    assertEquals([...pcm], [...FEW], "byte by byte");
  });
}

for (
  const [name, body, tone] of [["MP3", TONE_MP3, { hz: 440, durationMs: 648 }], [
    "Ogg Opus",
    oggOf(PCM, { sampleRateHz: 24_000 }),
    TONE,
  ]] as const
) {
  test(`soundOfBody reads ${name}, the same wherever it is split`, async () => {
    const whole = await read([body], { contentType: "application/octet-stream" });
    assertEquals(whole.sampleRateHz, 24_000);
    const heard = hearTone(whole.pcm, 24_000);
    assertAlmostEquals(heard.durationMs, tone.durationMs, 20);
    assertAlmostEquals(heard.hz, tone.hz, 30);
    for (let at = 1; at < body.length; at += at < 200 ? 1 : 37) {
      const { pcm } = await read([body.subarray(0, at), body.subarray(at)]);
      assertEquals(pcm, whole.pcm, `split at ${at}`);
    }
    assertEquals((await read(Array.from(body, (byte) => Uint8Array.of(byte)))).pcm, whole.pcm);
  });
}

test("soundOfBody reads Ogg Opus whose last page is lost, and several in a row", async () => {
  const cut = await read([oggOf(PCM, { sampleRateHz: 24_000, losesLastPage: true })]);
  assert(cut.pcm.length > 0.9 * PCM.length);
  const ogg = oggOf(PCM, { sampleRateHz: 24_000 });
  const twice = await read([joined(ogg, ogg)]);
  assertAlmostEquals(hearTone(twice.pcm, 24_000).durationMs, 200, 30);
});

test("soundOfBody gives the first page of Ogg Opus, and the first frames of MP3, before more has come", async () => {
  for (
    const [body, enough] of [[
      oggOf(toneSamples({ hz: 400, durationMs: 1_000 }, 24_000), {
        sampleRateHz: 24_000,
      }),
      1_200,
    ], [TONE_MP3, 150]] as const
  ) {
    const { promise: never } = Promise.withResolvers<void>();
    const slow = async function* () {
      yield body.subarray(0, enough);
      await never;
    };
    const sounds = soundOfBody(slow(), { service, sampleRateHz: 24_000 });
    const { value } = await sounds.next();
    assert(value !== undefined && value.pcm.length > 0);
  }
});

test("soundOfBody goes by the bytes, whatever the Content-Type says", async () => {
  for (
    const contentType of ["text/html; charset=utf-8", "audio/mpeg", "application/json", "audio/pcm;rate=8000"]
  ) {
    const { pcm, sampleRateHz } = await read([writeWav(FEW, 22_050)], { contentType });
    assertEquals([...pcm, sampleRateHz], [...FEW, 22_050]);
  }
  assertEquals((await read([BYTES], { contentType: "text/html" })).pcm, PCM);
  assertEquals((await read([BYTES], { contentType: "audio/mpeg" })).pcm, PCM);
});

test("the rate of samples is that of the Content-Type, else of the config", async () => {
  const rate = async (contentType?: string) =>
    (await read([BYTES], { ...(contentType && { contentType }), sampleRateHz: 44_100 })).sampleRateHz;
  assertEquals(await rate("audio/pcm;rate=22050"), 22_050);
  assertEquals(await rate('audio/L16; codec=pcm; rate="16000"'), 16_000);
  assertEquals(await rate("audio/pcm"), 44_100);
  assertEquals(await rate(), 44_100);
  assertEquals(await codeOf(BYTES, "audio/pcm;rate=1"), "tts.protocol");
  assertEquals(await codeOf(BYTES, "audio/pcm;rate=99999999"), "tts.protocol");
});

test("samples that begin like something else are samples", async () => {
  for (
    const first of [
      [0x7b, 0x00],
      [0x3c, 0x00],
      [0xff, 0xff],
      [0xff, 0xfb],
      [0xff, 0xf3, 0x64, 0xc4],
      [
        0xff,
        0xe3,
      ],
      [0x1f, 0x8b, 0x07, 0x00],
      [0x1f, 0x8b, 0x08, 0xff],
    ]
  ) {
    const body = joined(Uint8Array.from(first), BYTES);
    const { pcm } = await read([body]);
    assertEquals(new Uint8Array(pcm.buffer), body, `${first}`);
  }
});

test("two channels become one, and other encodings than 16 bit are read where they have a header", async () => {
  const stereo = writeWav(Int16Array.from([...PCM].flatMap((sample) => [sample, sample])), 24_000);
  const view = new DataView(stereo.buffer);
  view.setUint16(22, 2, true);
  view.setUint32(28, 96_000, true);
  view.setUint16(32, 4, true);
  const { pcm, sampleRateHz } = await read([stereo]);
  assertEquals(pcm, PCM);
  assertEquals(sampleRateHz, 24_000);
});

test("what follows the sound of a WAV is not spoken", async () => {
  const tag = joined(text("LIST"), Uint8Array.of(4, 0, 0, 0), text("abcd"));
  assertEquals([...(await read([joined(writeWav(FEW, 16_000), tag)])).pcm], [...FEW]);
});

test("a sentence that comes with a header of another rate has that rate", async () => {
  const bytes = joined(writeWav(FEW, 22_050), streamedWav(FEW, { sampleRateHz: 16_000, lengthBytes: 0 }));
  const sounds = await Array.fromAsync(soundOfBody(pieces(bytes), { service }));
  const rates = new Map<number, number>();
  for (const { pcm, sampleRateHz } of sounds) {
    rates.set(sampleRateHz, (rates.get(sampleRateHz) ?? 0) + pcm.length);
  }
  assertEquals([...rates], [[22_050, 12], [16_000, 12]]);
});

test("an empty body, and a WAV without sound, are no sound and no error", async () => {
  assertEquals((await read([])).pcm.length, 0);
  assertEquals((await read([new Uint8Array()], { contentType: "audio/mpeg" })).pcm.length, 0);
  assertEquals((await read([writeWav(new Int16Array(), 24_000)])).pcm.length, 0);
  assertEquals(
    (await read([streamedWav(new Int16Array(), { sampleRateHz: 24_000, lengthBytes: 0xffff_ffff })])).pcm
      .length,
    0,
  );
});

test("an error for sound is the fault that it names; what is no error either is a fault of the protocol", async () => {
  const named = (code: string) => JSON.stringify({ error: { message: "No.", type: "x", code } });
  assertEquals(await codeOf(named("insufficient_quota")), "tts.quota");
  assertEquals(await codeOf(named("invalid_api_key"), "audio/mpeg"), "tts.auth");
  assertEquals(await codeOf(` \n${named("model_not_found")}`), "tts.config");
  assertEquals(await codeOf('{"code":4100,"msg":"authentication is invalid"}'), "tts.auth");
  assertEquals(await codeOf('{"code":30001,"message":"balance","data":null}'), "tts.quota");
  assertEquals(await codeOf('{"detail":{"error":"invalid_model","message":"no"}}'), "tts.config");
  assertEquals(await codeOf('{"detail":"Something"}'), "tts.failed");
  assertEquals(await codeOf('"Invalid token"', "application/json"), "tts.failed");
  assertEquals(await codeOf("{}"), "tts.protocol");
  assertEquals(await codeOf('{"error'), "tts.protocol");
  assertEquals(await codeOf("<html>502 Bad Gateway</html>", "audio/pcm"), "tts.protocol");
  assertEquals(await codeOf("Internal Server Error", "text/plain"), "tts.protocol");
  assertEquals(await codeOf("Internal Server Error"), "tts.protocol");
  assertEquals(await codeOf('data: {"type":"speech.audio.delta"}\n\n'), "tts.protocol");
});

test("an error is read to 64 KiB, and what it says of the text is not repeated", async () => {
  const long = `<html>${"secret words ".repeat(100_000)}`;
  let pulled = 0;
  const body = async function* () {
    for (let at = 0; at < long.length; at += 4_096) {
      pulled++;
      yield await Promise.resolve(text(long.slice(at, at + 4_096)));
    }
  };
  const error = await assertRejects(
    () => Array.fromAsync(soundOfBody(body(), { service, sampleRateHz: 24_000 })),
    EarshotError,
  );
  assertEquals([error.code, error.message.includes("secret")], ["tts.protocol", false]);
  assert(pulled <= 17, `${pulled} pieces were read`);
});

test("sound of other kinds is named, and not played as noise", async () => {
  assertEquals(await codeOf(joined(text("fLaC"), new Uint8Array(40))), "tts.protocol");
  assertEquals(
    await codeOf(joined(Uint8Array.of(0xff, 0xf1, 0x50, 0x80), new Uint8Array(40)), "audio/aac"),
    "tts.protocol",
  );
  const vorbis = oggOf(PCM, { sampleRateHz: 24_000 });
  vorbis.set(text("NotOpus."), 28);
  assertEquals(await codeOf(vorbis), "tts.protocol");
  assertEquals(await codeOf(joined(Uint8Array.of(0x1f, 0x8b, 8, 0), new Uint8Array(40))), "tts.protocol");
  assertEquals(await codeOf(joined(text("RIFF"), new Uint8Array(40))), "tts.protocol");
});

test("a body without end is given up, and nothing is read that nobody pulls", async () => {
  let pulled = 0;
  let returned = false;
  const endless = async function* () {
    try {
      for (;;) {
        pulled++;
        yield await Promise.resolve(new Uint8Array(1 << 20).fill(1));
      }
    } finally {
      returned = true;
    }
  };
  const sounds = soundOfBody(endless(), { service, sampleRateHz: 24_000 });
  await sounds.next();
  await sounds.next();
  assertEquals(pulled, 1);
  const rest = async () => {
    for await (const _sound of sounds) { /* on and on */ }
  };
  assertEquals((await assertRejects(rest, EarshotError)).code, "tts.protocol");
  assertEquals([pulled <= 34, returned], [true, true]);
});

test("leaving the loop ends the body, and what the body throws is thrown", async () => {
  let returned = 0;
  const body = async function* () {
    try {
      yield await Promise.resolve(BYTES);
      throw new EarshotError("net.unreachable", "gone");
    } finally {
      returned++;
    }
  };
  for await (const _sound of soundOfBody(body(), { service, sampleRateHz: 24_000 })) break;
  assertEquals(returned, 1);
  const heard: SpeechSound[] = [];
  const error = await assertRejects(async () => {
    for await (const sound of soundOfBody(body(), { service, sampleRateHz: 24_000 })) heard.push(sound);
  }, EarshotError);
  assertEquals([error.code, heard.length, returned], ["net.unreachable", 1, 2]);
});

test("bodies of header-for-every-chunk WAV give their tone without a click", async () => {
  const { pcm } = await read([wavesOf(PCM, 24_000)]);
  assertEquals(pcm, PCM);
});

test("where no rate is known, samples are no sound, and what says its own rate is", async () => {
  const outcome = async (bytes: Uint8Array, contentType?: string) => {
    const [sound] = await Array.fromAsync(soundOfBody(pieces(bytes), { service, contentType }));
    return sound?.sampleRateHz;
  };
  const { code } = await assertRejects(() => outcome(BYTES), EarshotError);
  assertEquals(code, "tts.protocol");
  assertEquals(await outcome(BYTES, "audio/pcm;rate=16000"), 16_000);
  assertEquals(await outcome(TONE_MP3), 24_000);
  assertEquals(await outcome(new Uint8Array(0)), undefined);
});

async function zip(bytes: Uint8Array): Promise<Uint8Array> {
  const zipped = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(zipped).arrayBuffer());
}

test("what is packed with gzip though nobody said so is read as what it was, and never played as noise", async () => {
  for (const [name, body] of Object.entries(BODIES)) {
    assertEquals((await read([await zip(body)])).pcm, (await read([body])).pcm, name);
  }
  const error = '{"error":{"message":"No.","code":"insufficient_quota"}}';
  assertEquals(await codeOf(await zip(text(error))), "tts.quota");
  assertEquals(await codeOf(await zip(text("<html>"))), "tts.protocol");
  assertEquals(await codeOf(Uint8Array.of(0x1f, 0x8b, 8, 0, 0)), "tts.protocol");
  assertEquals((await read([await zip(new Uint8Array())])).pcm.length, 0);
});

test("an error in the service's own shape is what the service means by it", async () => {
  const faultOf = (json: unknown) =>
    JSON.stringify(json) === '{"mine":1}' ? new EarshotError("tts.throttled", "Cannot speak") : undefined;
  const code = async (body: string) => {
    const sounds = soundOfBody(pieces(text(body)), { service, sampleRateHz: 24_000, faultOf });
    return (await assertRejects(() => Array.fromAsync(sounds), EarshotError)).code;
  };
  assertEquals(await code('{"mine":1}'), "tts.throttled");
  assertEquals(await code('{"error":{"code":"insufficient_quota"}}'), "tts.quota");
  assertEquals(await code('{"mine":'), "tts.protocol");
});
