import type { Transport } from "../../../lib/server/mod.ts";
import type { SpeechSound, SpeechText } from "../../../lib/tts/mod.ts";
import { AnsweringGateway } from "../../support/answering_gateway.ts";
import type { ConfigChanges } from "../../support/config_of.ts";
import { FakeVoice } from "../../support/fake_voice.ts";
import { HandDevice, type HandDeviceOptions } from "../../support/hand_device.ts";
import { inRoom } from "./hearing.ts";

const FRAME_SAMPLES = 512;
const FRAME_MS = 60;
/** Louder frames than this on average are speech: far above the noise of the room, far below a voice of -40 dB. */
const SPEECH_LEVEL = 40;

/** Says what it is given instead of humming. */
export class RecordedVoice extends FakeVoice {
  /** What it says, 16 kHz. */
  recording: (text: string) => Int16Array = () => new Int16Array(0);

  override async *speak(speech: SpeechText, signal: AbortSignal): AsyncGenerator<SpeechSound, void> {
    this.asked.push(speech);
    await Promise.resolve();
    signal.throwIfAborted();
    yield { pcm: new Int16Array(this.recording(speech.text)), sampleRateHz: 16_000 };
  }
}

/** An answering gateway with devices in rooms, whose engine hears faint speech too. */
export class RoomGateway extends AnsweringGateway {
  constructor(
    devices: Readonly<Record<string, string>>,
    { transport = "deno", ...changes }: ConfigChanges & { readonly transport?: Transport["name"] } = {},
    options: ConstructorParameters<typeof AnsweringGateway>[2] = {},
  ) {
    const rooms = Object.entries(devices).map(([id, room]) => [id, { room }]);
    super({}, {
      ...changes,
      devices: Object.fromEntries(rooms),
      vad: { endSilenceMs: 700, pauseMs: 300 },
      server: { transport },
    }, options);
    this.engine.judge = (pcm) =>
      Float32Array.from({ length: pcm.length / FRAME_SAMPLES }, (_, index) => {
        const frame = pcm.subarray(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES);
        const level = frame.reduce((sum, sample) => sum + Math.abs(sample), 0) / FRAME_SAMPLES;
        return level > SPEECH_LEVEL ? 0.9 : 0.05;
      });
  }

  /** What was counted of rooms. */
  get roomCounts(): { readonly yielded: number; readonly echoes: number } {
    const { roomYielded: yielded, roomEchoes: echoes } = this.gateway.stats.counters;
    return { yielded, echoes };
  }
}

/** The id of a device of a room. */
export function deviceId(room: number, device: number): string {
  return `02:00:00:00:${String(room).padStart(2, "0")}:${String(device).padStart(2, "0")}`;
}

/** Where so many devices each stand in so many rooms. */
export function roomsOf(rooms: number, devices: number): Record<string, string> {
  return Object.fromEntries(
    Array.from(
      { length: rooms },
      (_, room) =>
        Array.from({ length: devices }, (_, device) => [deviceId(room, device), `room ${room}`] as const),
    ).flat(),
  );
}

/** A device of a room says hello. */
export function greet(
  gateway: RoomGateway,
  id: string,
  options: HandDeviceOptions = {},
): Promise<HandDevice> {
  return HandDevice.greet(gateway, { ...options, headers: { "Device-Id": id } });
}

/** It is woken as firmware tells it: the wake word's sound, that it was heard, and that it listens. */
export function wake(device: HandDevice, clip: Int16Array, levelDb: number): void {
  wakeBy(device, device.encodeSound(inRoom(clip, levelDb)));
}

/** The same with sound that is encoded already, so that it takes no time. */
export function wakeBy(device: HandDevice, frames: readonly Uint8Array[]): void {
  for (const frame of frames) device.send(frame);
  device.say({ type: "listen", state: "detect", text: "Hi, ESP!" });
  device.start("auto");
}

/** It sends sound at the pace of speech. */
export async function stream(device: HandDevice, pcm: Int16Array): Promise<void> {
  const beganMs = performance.now();
  for (const [index, frame] of device.encodeSound(pcm).entries()) {
    await sleep(beganMs + (index + 1) * FRAME_MS - performance.now());
    device.send(frame);
  }
}

/** Waits for so long. */
export async function sleep(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Numbers from 0 to 1, the same each time. */
export function randomly(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff) / 0x7fff_ffff;
}
