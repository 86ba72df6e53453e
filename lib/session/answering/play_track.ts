import { type EncodableSound, joinPcm, type SpeechEncoder } from "../../audio/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { Channel, type Scope } from "../../lifecycle/mod.ts";
import type { Track } from "../../tools/mod.ts";
import type { Player } from "./player.ts";

/** The longest that anything plays, in ms, whatever its source allows. */
const MOST_TRACK_MS = 3_600_000;
/** How much sound of a track is encoded at once, in ms; */
const STRETCH_MS = 300;
/** and at its beginning, by which it is known how loud it is. */
const FIRST_STRETCH_MS = 4_000;
/** How many stretches wait to be encoded. */
const MOST_AHEAD = 8;
/** By which the encoder knows that it is no voice of the agent. */
const VOICE = "music";

/** Bits a second: music has more to say than speech. */
export const TRACK_BITRATE_BPS = 40_000;

/** Options of {@linkcode playTrack}. */
export interface PlayTrackOptions {
  /** Owns what is opened; closing it ends the track. */
  readonly scope: Scope;
  readonly player: Player;
  /** One of its own. */
  readonly encoder: SpeechEncoder;
}

/**
 * Gives a track to the player, which may go on playing, as loud as speech. Its file is read no further ahead than the
 * player takes it.
 *
 * @throws {EarshotError} `tool.music` and whatever the track fails with, or `canceled`
 */
export async function playTrack(
  track: Track,
  { scope, player, encoder }: PlayTrackOptions,
): Promise<void> {
  const untilMs = player.takenMs + MOST_TRACK_MS;
  const sounds = readAhead(stretches(track.open(scope.signal)), scope);
  let isShown = false;
  const play = async (packets: readonly Uint8Array<ArrayBuffer>[]) => {
    for (const packet of packets) {
      await player.room();
      if (scope.signal.aborted) throw EarshotError.from(scope.signal.reason, "canceled");
      if (!isShown) player.piece({ text: track.title });
      isShown = true;
      player.frame(packet);
    }
  };
  encoder.piece({ voice: VOICE });
  try {
    for await (const sound of sounds) {
      for await (const packets of encoder.encode(sound)) await play(packets);
      if (player.takenMs >= untilMs) break;
    }
    if (scope.signal.aborted) throw EarshotError.from(scope.signal.reason, "canceled");
  } finally {
    // What came before it failed is played to its end.
    if (!scope.signal.aborted) {
      await play((await encoder.endPiece()).packets);
      await play(await encoder.finish());
    }
  }
}

/** Reads some stretches ahead, which the encoder is to find ready; closing `scope` ends it. */
function readAhead(sounds: AsyncIterable<EncodableSound>, scope: Scope): AsyncIterable<EncodableSound> {
  const ahead = new Channel<EncodableSound>(MOST_AHEAD);
  scope.signal.addEventListener("abort", () => ahead.cancel(), { once: true });
  scope.run("track", async () => {
    try {
      for await (const sound of sounds) if (!await ahead.send(sound)) return;
      ahead.close();
    } catch (thrown) {
      ahead.close(EarshotError.from(thrown, "tool.music"));
    }
  });
  return ahead;
}

/** Sound in stretches of one rate that are worth a job each. */
async function* stretches(sounds: AsyncIterable<EncodableSound>): AsyncGenerator<EncodableSound, void> {
  let parts: Int16Array[] = [];
  let [samples, rateHz, wantedMs] = [0, 0, FIRST_STRETCH_MS];
  const whole = () => {
    const pcm = joinPcm(parts);
    [parts, samples] = [[], 0];
    return { pcm, sampleRateHz: rateHz };
  };
  let fault: { readonly thrown: unknown } | undefined;
  try {
    for await (const { pcm, sampleRateHz } of sounds) {
      if (sampleRateHz !== rateHz && samples > 0) yield whole();
      rateHz = sampleRateHz;
      parts.push(pcm);
      samples += pcm.length;
      if (samples < wantedMs * rateHz / 1_000) continue;
      yield whole();
      wantedMs = STRETCH_MS;
    }
  } catch (thrown) {
    fault = { thrown };
  }
  if (samples > 0) yield whole();
  if (fault !== undefined) throw fault.thrown;
}
