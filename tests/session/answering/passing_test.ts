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
import { HandDevice } from "../../support/hand_device.ts";
import { voicedDb, withVoicedDb } from "../../support/levels.ts";
import { OggVoice } from "../../support/ogg_voice.ts";
import { oggOf, OPUS_MANNERS, type OpusManner, opusPackets } from "../../support/opus_streams.ts";
import { ASK, speechClip, speechMissing } from "../../support/speech.ts";
import { test } from "../../support/test.ts";

const options = { ignore: speechMissing() };
const HZ = 24_000;
/** How loud every piece leaves, in dB. */
const LEVEL_DB = -18;

/** What a voice makes of a text, and the packets of it. */
class Speaker {
  readonly made: (readonly Uint8Array[])[] = [];
  db = LEVEL_DB;
  manner: OpusManner = OPUS_MANNERS.music;
  channels: 1 | 2 = 1;
  readonly voice = new OggVoice("flite", () => this.#speak());
  readonly #clip = toPcm16(resample(toFloat32(speechClip(ASK).pcm), 16_000, HZ));

  #speak(): Uint8Array {
    const { frameMs = 60 } = this.manner;
    const packets = opusPackets(withVoicedDb(this.#clip, this.db, HZ), {
      ...this.manner,
      channels: this.channels,
    });
    this.made.push(packets);
    return oggOf(packets, { frameMs, head: { channels: this.channels } });
  }
}

/** A device and a gateway that speaks to it with that voice. */
class Talk implements AsyncDisposable {
  readonly speaker = new Speaker();
  readonly gateway: AnsweringGateway;
  #questions = 0;

  constructor() {
    this.gateway = new AnsweringGateway({}, {}, { voices: [], voice: this.speaker.voice });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
  }

  /** Has something said, and gives the packets that the device got. */
  async say(text = `This is number ${++this.#questions}.`, frameMs = 60): Promise<readonly Uint8Array[]> {
    const packets: Uint8Array[] = [];
    this.gateway.llm.script = () => ({ text });
    await using device = await HandDevice.open(this.gateway, {
      onFrame: (packet) => packets.push(packet.slice()),
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

  /** Whether the packets of the piece that was made last came as they are. */
  passed(packets: readonly Uint8Array[]): boolean {
    return this.speaker.made.at(-1)?.every((packet, index) => same(packet, packets[index])) ?? false;
  }

  /** Lets the gateway get to know the voice. */
  async learn(): Promise<void> {
    for (let piece = 0; piece < 4; piece++) assert(!this.passed(await this.say()), `piece ${piece} is known`);
  }
}

const same = (one: Uint8Array, other: Uint8Array | undefined) => `${one}` === `${other}`;

function levelOf(packets: readonly Uint8Array[]): number {
  const decoder = new OpusDecoder({ sampleRateHz: HZ });
  const pcm = joinPcm(packets.map((packet) => decoder.decode(packet)));
  decoder.close();
  return voicedDb(pcm, HZ);
}

for (const [name, manner] of Object.entries(OPUS_MANNERS)) {
  test(`packets of a voice that is known pass as they are: ${name}`, async () => {
    await using talk = new Talk();
    talk.speaker.manner = manner;
    await talk.learn();
    const packets = await talk.say();
    assert(talk.passed(packets));
    assertEquals(packets.length, talk.speaker.made.at(-1)?.length);
    assertAlmostEquals(levelOf(packets), LEVEL_DB, 2);
  }, options);
}
