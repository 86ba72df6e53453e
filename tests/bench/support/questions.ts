import { withoutTail } from "../../../lib/device/load/mod.ts";
import { speechClips } from "../../support/speech.ts";

const HZ = 16_000;

/** Human speech of one breath each, up to the last word. */
export function questions(): readonly Int16Array[] {
  const clips = speechClips().filter(({ pcm }) => pcm.length > 1.4 * HZ && pcm.length < 3.3 * HZ);
  if (clips.length === 0) throw new Error("Cannot measure: there is no speech");
  return clips.map(({ pcm }) => withoutTail(pcm));
}
