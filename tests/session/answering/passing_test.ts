import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  joinPcm,
  OpusDecoder,
  opusPacketDurationMs,
  resample,
  toFloat32,
  toPcm16,
} from "../../../lib/audio/mod.ts";
import { AnsweringGateway } from "../../support/answering_gateway.ts";
import { fastClock } from "../../support/fast_clock.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { voicedDb, withVoicedDb } from "../../support/levels.ts";
import { OggVoice } from "../../support/ogg_voice.ts";
import { oggOf, OPUS_MANNERS, type OpusManner, opusPackets } from "../../support/opus_streams.ts";
import { ASK, speechClip, speechMissing } from "../../support/speech.ts";
import { test } from "../../support/test.ts";

const options = { ignore: speechMissing() };
const HZ = 24_000;
const FRAME = 1_440;
/** How many samples a decoder needs to lead over to another coder. */
const LEAD = 240;
/** How much faster than time answers play. */
const SPEED = 8;
/** How loud every piece leaves, in dB. */
const LEVEL_DB = -18;

/** What a voice makes of a text, and the packets of it. */
class Speaker {
  readonly made: (readonly Uint8Array[])[] = [];
  db = LEVEL_DB;
  manner: OpusManner = OPUS_MANNERS.music;
  readonly voice = new OggVoice("flite", () => this.#speak());
  readonly #clip = toPcm16(resample(toFloat32(speechClip(ASK).pcm), 16_000, HZ));

  #speak(): Uint8Array {
    const { frameMs = 60, channels = 1 } = this.manner;
    const packets = opusPackets(withVoicedDb(this.#clip, this.db, HZ), this.manner);
    this.made.push(packets);
    return oggOf(packets, { frameMs, head: { channels } });
  }
}

/** A device and a gateway that speaks to it with that voice. */
class Talk implements AsyncDisposable {
  readonly speaker = new Speaker();
  readonly gateway = new AnsweringGateway({}, {}, { voice: this.speaker.voice, clock: fastClock(SPEED) });
  #pieces = 0;

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
  }

  /** A text of so many pieces that was not spoken before. */
  text(pieces = 1): string {
    return Array.from(
      { length: pieces },
      () => `Here comes part ${++this.#pieces} of all that there is to say about this and that.`,
    ).join(" ");
  }

  /** Has something said, and gives the packets that the device got. */
  async say(
    text = this.text(),
    { frameMs = 60, abortAfter = Infinity }: { readonly frameMs?: number; readonly abortAfter?: number } = {},
  ): Promise<readonly Uint8Array[]> {
    const packets: Uint8Array[] = [];
    this.gateway.llm.script = () => ({ text });
    await using device = await HandDevice.open(this.gateway, {
      onFrame: (packet) => {
        packets.push(packet.slice());
        if (packets.length === abortAfter) device.say({ type: "abort" });
      },
    });
    const audio = { format: "opus", sample_rate: 16_000, channels: 1, frame_duration: frameMs };
    device.say({ type: "hello", audio_params: audio });
    await device.hears(["hello"]);
    device.start("manual");
    device.speak(600);
    device.stop();
    await device.until(() => device.log.includes("tts stop"), "the end of the answer");
    return packets;
  }

  /** Lets the gateway get to know the voice. */
  async learn(): Promise<void> {
    const packets = await this.say(this.text(4));
    assertEquals(this.speaker.made.map((made) => isWithin(made, packets)), [false, false, false, false]);
    this.speaker.made.length = 0;
  }

  /** Of each piece that was made since the last time, whether its packets came as they are. */
  passed(packets: readonly Uint8Array[]): readonly boolean[] {
    return this.speaker.made.splice(0).map((made) => isWithin(made, packets));
  }
}

const inHex = (packets: readonly Uint8Array[]) => packets.map((packet) => packet.toHex()).join(" ");

/** Whether all of the packets came, one after the other. */
function isWithin(made: readonly Uint8Array[], packets: readonly Uint8Array[]): boolean {
  return inHex(packets).includes(inHex(made));
}

function decoded(packets: readonly Uint8Array[]): Int16Array {
  const decoder = new OpusDecoder({ sampleRateHz: HZ });
  const pcm = joinPcm(packets.map((packet) => decoder.decode(packet)));
  decoder.close();
  return pcm;
}

test("packets of a voice that is known pass as they are, whatever coder made them", async () => {
  for (const [name, manner] of Object.entries(OPUS_MANNERS)) {
    await using talk = new Talk();
    talk.speaker.manner = manner;
    await talk.learn();
    const packets = await talk.say();
    assertEquals([name, packets.length], [name, talk.speaker.made[0]?.length]);
    assertEquals(talk.passed(packets), [true]);
    assertAlmostEquals(voicedDb(decoded(packets), HZ), LEVEL_DB, 2, name);
  }
}, options);

test("pieces that pass one after the other sound as each does by itself", async () => {
  await using talk = new Talk();
  await talk.learn();
  const packets = await talk.say(talk.text(3));
  const made = [...talk.speaker.made];
  assertEquals(talk.passed(packets), [true, true, true]);
  // A packet of silence between each two.
  assertEquals(packets.length, made.reduce((sum, { length }) => sum + length, 0) + 2);
  const heard = decoded(packets);
  let at = 0;
  for (const piece of made) {
    const alone = decoded(piece);
    const differs = alone.map((sample, index) =>
      index < LEAD ? 0 : Math.abs(sample - (heard[at + index] ?? 0))
    );
    assertEquals(differs.reduce((most, one) => Math.max(most, one), 0), 0);
    at += alone.length + FRAME;
  }
}, options);

test(
  "a voice that became louder is noticed, and every piece leaves as loud as the others from then on",
  async () => {
    await using talk = new Talk();
    await talk.learn();
    assertEquals(talk.passed(await talk.say(talk.text(15))), Array(15).fill(true));
    assertEquals(talk.passed(await talk.say(talk.text(15))), Array(15).fill(true));
    talk.speaker.db = LEVEL_DB + 8;
    // The last one that is not looked at, and the one that is.
    assertEquals(talk.passed(await talk.say(talk.text(2))), [true, true]);
    for (const expected of [false, false]) {
      const packets = await talk.say();
      assertEquals(talk.passed(packets), [expected]);
      assertAlmostEquals(voicedDb(decoded(packets), HZ), LEVEL_DB, 2.5);
    }
  },
  options,
);

test("what has not the device's shape is encoded, also of a voice that is known", async () => {
  await using talk = new Talk();
  await talk.learn();
  const changes: readonly [OpusManner, frameMs: number][] = [
    [{ ...OPUS_MANNERS.music, channels: 2 }, 60],
    [{ ...OPUS_MANNERS.music, frameMs: 20 }, 60],
    [OPUS_MANNERS.music, 20],
    [{ application: "audio", bitrateBps: 200_000 }, 60],
  ];
  for (const [manner, frameMs] of changes) {
    talk.speaker.manner = manner;
    const packets = await talk.say(talk.text(), { frameMs });
    assertEquals(talk.passed(packets), [false]);
    for (const packet of packets) assertEquals(opusPacketDurationMs(packet), frameMs);
    assertAlmostEquals(voicedDb(decoded(packets), HZ), LEVEL_DB, 2.5);
  }
  talk.speaker.manner = { ...OPUS_MANNERS.music, frameMs: 20 };
  assertEquals(talk.passed(await talk.say(talk.text(), { frameMs: 20 })), [true]);
}, options);

test("an abort ends a piece that passes at once, and its request", async () => {
  await using talk = new Talk();
  await talk.learn();
  const packets = await talk.say(talk.text(3), { abortAfter: 8 });
  const [made] = talk.speaker.made;
  assert(packets.length < (made?.length ?? 0), `${packets.length} packets`);
  await talk.gateway.until(() => talk.speaker.voice.active === 0, "the end of the request");
  talk.passed([]);
  assertEquals(talk.passed(await talk.say()), [true]);
}, options);

test("a piece that has passed is kept, and plays again beside others without asking the voice", async () => {
  await using talk = new Talk();
  await talk.learn();
  const text = talk.text();
  const first = await talk.say(text);
  assertEquals(talk.passed(first), [true]);
  const { length } = talk.speaker.voice.asked;
  assertEquals(inHex(await talk.say(text)), inHex(first));
  const both = await talk.say(`${text} ${talk.text()}`);
  assertEquals([isWithin(first, both), talk.passed(both)], [true, [true]]);
  assertEquals(talk.speaker.voice.asked.length, length + 1);
}, options);
