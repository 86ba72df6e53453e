import { assertEquals } from "@std/assert";
import { OggOpusMuxer, OpusEncoder } from "../../../lib/audio/mod.ts";
import { encodeFrame } from "../../../lib/protocol/mod.ts";
import { FakeEngine } from "../../support/fake_engine.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { noise } from "../../support/noise.ts";
import { assertSameSound } from "../../support/same_sound.ts";
import { openGateway, type TestGateway, testTransports } from "../../support/test_gateway.ts";
import { test } from "../../support/test.ts";

const MODES = ["auto", "realtime", "manual"] as const;

/** One second of sound as clients send it that do not send bare Opus packets in the announced framing. */
const STREAMS: Readonly<Record<string, (device: HandDevice) => readonly Uint8Array[]>> = {
  "raw PCM, 60 ms a message": () => pcmMessages(960),
  "raw PCM, 20 ms a message": () => pcmMessages(320),
  "raw PCM, 10 ms a message": () => pcmMessages(160),
  "raw PCM, 4096 bytes a message": () => pcmMessages(2_048),
  "Ogg pages": (device) => {
    const muxer = new OggOpusMuxer({ pageMs: 60 });
    return device.encode(1_000, 8_000).flatMap((packet) => muxer.push(packet, 60) ?? []);
  },
  "WebM": () => [
    Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x86, 0x81, 0x01),
    ...pcmMessages(2_000).slice(0, 3),
  ],
  "a stream from its middle, a message a second": () =>
    [1, 2].map((filler) => Uint8Array.of(0x58, ...new Uint8Array(2_400).fill(filler))),
  "a WAV file": () => [new TextEncoder().encode("RIFF____WAVEfmt "), ...pcmMessages(960)],
  "digital silence as PCM": () => Array.from({ length: 16 }, () => new Uint8Array(1_920)),
  "numbers as text": () =>
    Array.from({ length: 12 }, (_, at) => new TextEncoder().encode(`0.0${at},-0.25,0.125,`.repeat(40))),
  "samples of 32 bit that were 16 bit": () =>
    Array.from(
      { length: 40 },
      (_, at) => new Uint8Array(Float32Array.from(noise(128, 900 + at), (v) => v / 32_768).buffer),
    ),
  "a length before each packet": (device) => behind(device, ({ length }) => [length >> 8, length & 255]),
  "a length in little-endian": (device) => behind(device, ({ length }) => [length & 255, length >> 8, 0, 0]),
  "version 3 whose size counts its header": (device) =>
    behind(device, ({ length }) => [0, 0, length + 4 >> 8, length + 4 & 255]),
  "version 2 in little-endian": (device) =>
    behind(device, ({ length }) => [2, ...Array<number>(11).fill(0), length & 255, length >> 8, 0, 0]),
  "version 2 without a size": (device) => behind(device, () => [0, 2, ...Array<number>(14).fill(0)]),
  "RTP": (device) => behind(device, (_, at) => [0x80, 111, 0, at, 0, 0, at, 0, 7, 7, 7, 7]),
  "several packets a message": (device) =>
    behind(device, ({ length }) => [length >> 8, length & 255])
      .flatMap((packet, at, all) => at % 2 === 0 ? [Uint8Array.of(...packet, ...all[at + 1] ?? [])] : []),
  "JSON": () => Array.from({ length: 4 }, () => new TextEncoder().encode('{"type":"audio","data":"AAAA"}')),
};

/** Packets of speech with something before each. */
function behind(
  device: HandDevice,
  header: (packet: Uint8Array, at: number) => readonly number[],
): readonly Uint8Array[] {
  return device.encode(1_020, 8_000).map((packet, at) => Uint8Array.of(...header(packet, at), ...packet));
}

function pcmMessages(samples: number): readonly Uint8Array[] {
  const pcm = noise(16_000, 6_000);
  return Array.from(
    { length: Math.floor(pcm.length / samples) },
    (_, at) => new Uint8Array(pcm.slice(at * samples, (at + 1) * samples).buffer),
  );
}

function looksOf({ sessionEvents }: TestGateway): readonly string[] {
  return sessionEvents.flatMap((event) => event.type === "unhearable" ? [event.looksLike] : []);
}

testTransports("a stream that cannot be heard is told, with no words, in every mode", async (http) => {
  await Promise.all(
    Object.entries(STREAMS).flatMap(([name, messages]) =>
      MODES.map(async (mode) => {
        const engine = new FakeEngine();
        await using gateway = await openGateway(http, {}, engine);
        await using device = await HandDevice.listen(gateway, mode);
        for (const message of messages(device)) device.send(message);
        await device.settled();
        assertEquals(
          device.said,
          ["alert Error", "tts stop"].map((said) => said.split(" ")[0] === "alert" ? "alert" : said),
          `${name}, ${mode}`,
        );
        if (mode === "manual") device.stop();
        await device.settled();
        assertEquals(device.said.filter((said) => said.startsWith("stt")), [], name);
        assertEquals(looksOf(gateway).length, 1, name);
      })
    ),
  );
});

test("a press of a few frames that are no sound is told at its end", async () => {
  await using gateway = await openGateway("deno");
  await using device = await HandDevice.listen(gateway, "manual");
  for (const message of pcmMessages(480).slice(0, 2)) device.send(message);
  device.stop();
  await device.hears(["alert", "tts stop"]);
  assertEquals(looksOf(gateway), ["raw PCM, 960 bytes a message; encode it as Opus"]);
});

for (const announced of [2, 3] as const) {
  test(`bare Opus where version ${announced} was announced is told, since nothing shows its version`, async () => {
    await using gateway = await openGateway("deno");
    await using device = await HandDevice.listen(gateway, "auto", {
      headers: { "Protocol-Version": String(announced) },
    });
    for (const packet of device.encode(1_000, 8_000)) device.send(packet);
    await device.hears(["alert", "tts stop"]);
    assertEquals(looksOf(gateway), [
      "bare Opus packets, the framing of version 1; announce it as Protocol-Version",
    ]);
  });
}

for (const [announced, sent] of [[1, 2], [1, 3], [2, 3], [3, 2]] as const) {
  test(`frames of version ${sent} are heard whole where version ${announced} was announced`, async () => {
    const engine = new FakeEngine();
    await using gateway = await openGateway("deno", {}, engine);
    await using device = await HandDevice.listen(gateway, "manual", {
      headers: { "Protocol-Version": String(announced) },
    });
    for (const packet of device.encode(900, 8_000)) {
      device.send(encodeFrame(sent, Uint8Array.from(packet)));
    }
    device.stop();
    await device.hears(["stt segment 0", "tts start", "tts stop"]);
    assertSameSound(engine.segments, [device.soundOf(0)]);
    assertEquals(
      gateway.sessionEvents.filter(({ type }) => type === "framing_seen"),
      [{ type: "framing_seen", announced, seen: sent }],
    );
  });
}

test("a device that asks to be heard again, with sound this time, is heard", async () => {
  await using gateway = await openGateway("deno");
  await using device = await HandDevice.listen(gateway, "manual");
  for (const message of pcmMessages(960)) device.send(message);
  await device.hears(["alert", "tts stop"]);
  device.heard.length = 0;
  device.start("manual");
  device.speak(600);
  device.stop();
  await device.hears(["stt segment 0", "tts start", "tts stop"]);
});

test("broken packets among good ones are no broken stream", async () => {
  await using gateway = await openGateway("deno");
  await using device = await HandDevice.listen(gateway, "manual");
  for (const [index, packet] of device.encode(3_000, 8_000).entries()) {
    device.send(packet);
    if (index % 4 === 3) device.send(Uint8Array.of(0xff));
  }
  device.stop();
  await device.hears(["stt segment 0", "tts start", "tts stop"]);
  assertEquals(looksOf(gateway), []);
});

for (const mode of MODES) {
  test(`sound in text messages is told as soon as it is plain: ${mode}`, async () => {
    const ways = [
      (base64: string) => base64,
      (data: string) => JSON.stringify({ type: "audio", data }),
    ];
    for (const way of ways) {
      await using gateway = await openGateway("deno");
      await using device = await HandDevice.listen(gateway, mode);
      for (const packet of device.encode(600, 8_000)) device.say(way(packet.toBase64()));
      await device.hears(["alert", "tts stop"]);
      assertEquals(looksOf(gateway), ["text; send Opus packets as binary messages"]);
    }
  });
}

for (const mode of MODES) {
  test(`packets of durations that change are heard: ${mode}`, async () => {
    for (const durationsMs of [[20, 40], [60, 20, 10], [120, 5]]) {
      const engine = new FakeEngine();
      await using gateway = await openGateway("deno", {}, engine);
      await using device = await HandDevice.listen(gateway, mode);
      const encoder = new OpusEncoder({ sampleRateHz: 16_000 });
      for (let sent = 0; sent < 40; sent++) {
        const ms = durationsMs[sent % durationsMs.length] ?? 20;
        device.send(encoder.encode(noise(ms * 16, 8_000)));
      }
      encoder.close();
      if (mode === "manual") device.stop();
      else device.pause(1_200);
      await device.hears(["stt segment 0", "tts start", "tts stop"]);
      assertEquals(looksOf(gateway), []);
    }
  });
}

test("the hum of the mains, whose packets are nearly the same, is no broken stream", async () => {
  await using gateway = await openGateway("deno");
  await using device = await HandDevice.listen(gateway, "manual");
  const hum = Int16Array.from({ length: 16 * 2_400 }, (_, at) => 4_000 * Math.sin(at * Math.PI / 160));
  for (const packet of device.encodeSound(hum)) device.send(packet);
  await device.settled();
  assertEquals([device.said, looksOf(gateway)], [[], []]);
});
