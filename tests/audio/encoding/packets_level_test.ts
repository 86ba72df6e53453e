import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { packetsLevel } from "../../../lib/audio/encoding/packets_level.ts";
import { resample, toFloat32, toPcm16 } from "../../../lib/audio/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { withVoicedDb } from "../../support/levels.ts";
import { OPUS_MANNERS, opusPackets } from "../../support/opus_streams.ts";
import { ASK, speechClip, speechMissing } from "../../support/speech.ts";
import { test } from "../../support/test.ts";

const HZ = 24_000;

test("packetsLevel finds the level that was encoded, whatever coder made the packets", () => {
  const clip = toPcm16(resample(toFloat32(speechClip(ASK).pcm), 16_000, HZ));
  for (const [name, manner] of Object.entries(OPUS_MANNERS)) {
    for (const db of [-26, -18]) {
      const level = packetsLevel(opusPackets(withVoicedDb(clip, db, HZ), manner));
      assertAlmostEquals(level?.db ?? NaN, db, 1, name);
    }
  }
}, { ignore: speechMissing() });

test("packetsLevel knows nothing of silence, and refuses what does not decode", () => {
  assertEquals(packetsLevel(opusPackets(new Int16Array(HZ))), undefined);
  assertThrows(() => packetsLevel([Uint8Array.of(3, 0)]), EarshotError);
});
