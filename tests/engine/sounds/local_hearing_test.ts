import { assertEquals, assertRejects } from "@std/assert";
import { joinPcm, LevelMeter } from "../../../lib/audio/mod.ts";
import { LocalHearing, type VadRequest } from "../../../lib/engine/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { noise } from "../../support/noise.ts";
import { decodedPackets, packetChunks } from "../../support/packets.ts";
import { assertSameSound } from "../../support/same_sound.ts";
import { test } from "../../support/test.ts";

const ONE = packetChunks(noise(16_000, 1_000));
const TWO = packetChunks(noise(16_000, 2_000), 20);

/** Each frame's probability is its place in all that was ever asked. */
function rig() {
  const asked: (readonly VadRequest[])[] = [];
  let frames = 0;
  const detect = (batch: readonly VadRequest[]) => {
    asked.push(batch);
    return Promise.resolve(batch.map(({ streamId, pcm }) => ({
      streamId,
      probabilities: Float32Array.from({ length: pcm.length / 512 }, () => frames++),
    })));
  };
  return { asked, hearing: new LocalHearing(detect), source: {} };
}

test("every device's packets are decoded, cut into frames and judged, and what was wanted comes back", async () => {
  const { asked, hearing } = rig();
  const [a, b, c] = [{}, {}, {}];
  const heard = await hearing.hear([
    { streamId: 5, source: a, packets: ONE.slice(0, 3), keepFromSeq: 0, wants: "pcm" },
    { streamId: 6, source: b, packets: TWO.slice(0, 1), keepFromSeq: 0, wants: "levels" }, // no whole frame
    { streamId: 7, source: c, packets: TWO.slice(0, 4), keepFromSeq: 4 },
  ]);
  const [one, two] = [decodedPackets(ONE), decodedPackets(TWO)];
  assertEquals(asked[0]?.map(({ streamId }) => streamId), [5, 7]);
  assertSameSound(asked[0]?.map(({ pcm }) => pcm) ?? [], [
    joinPcm(one.slice(0, 3)).subarray(0, 5 * 512),
    joinPcm(two.slice(0, 4)).subarray(0, 2 * 512),
  ]);
  assertEquals(heard.map(({ streamId, probabilities }) => [streamId, ...probabilities]), [
    [5, 0, 1, 2, 3, 4],
    [6],
    [7, 5, 6],
  ]);
  assertEquals(heard.map((response) => Object.keys(response).toSorted()), [
    ["pcm", "probabilities", "streamId"],
    ["levels", "probabilities", "streamId"],
    ["probabilities", "streamId"],
  ]);
  assertSameSound(heard[0]?.pcm ?? [], one.slice(0, 3));
  assertEquals(heard[1]?.levels, [new LevelMeter().push(two[0] ?? new Int16Array(0))]);
  // Of the third device nothing is to be kept.
  assertEquals(hearing.held, { devices: 3, bytes: 2 * (3 * 960 + 320) });
});

test("the rest of a frame waits for the next batch, and is forgotten with its stream", async () => {
  const { asked, hearing, source } = rig();
  const request = (from: number, end: number) =>
    [{ streamId: 1, source, packets: ONE.slice(from, end), keepFromSeq: 0 }] as const;
  await hearing.hear(request(0, 1));
  await hearing.hear(request(1, 2));
  const one = decodedPackets(ONE);
  assertSameSound(asked.map(([part]) => part?.pcm ?? new Int16Array(0)), [
    joinPcm(one).subarray(0, 512),
    joinPcm(one).subarray(512, 3 * 512),
  ]);
  hearing.closeVadStream(1);
  await hearing.hear(request(2, 3));
  assertSameSound([asked[2]?.[0]?.pcm ?? new Int16Array(0)], [joinPcm(one).slice(1_920, 1_920 + 512)]);
});

test("the part that is meant of a device's sound is given, whether or not it was heard before", async () => {
  const { hearing, source } = rig();
  const meant = { source, packets: ONE.slice(2, 6), skipSamples: 100, samples: 2_000 };
  const unheard = hearing.pcmOf(meant);
  assertSameSound([unheard], [joinPcm(decodedPackets(ONE.slice(2, 6))).subarray(100, 2_100)]);
  const after = { source: {}, packets: ONE.slice(2, 6) };
  await hearing.hear([{ streamId: 1, source: after.source, packets: ONE, keepFromSeq: 0 }]);
  assertSameSound([hearing.pcmOf(after)], [joinPcm(decodedPackets(ONE).slice(2, 6))]);
  assertEquals(hearing.pcmOf(Int16Array.of(1, 2)), Int16Array.of(1, 2));
});

test("sound is let go of up to a packet, or all of it; of a device that is unknown that is no error", async () => {
  const { hearing, source } = rig();
  hearing.releaseSound(source);
  await hearing.hear([{ streamId: 1, source, packets: ONE.slice(0, 10), keepFromSeq: 0 }]);
  hearing.releaseSound(source, 4);
  assertEquals(hearing.held, { devices: 1, bytes: 6 * 1_920 });
  hearing.releaseSound(source);
  assertEquals(hearing.held, { devices: 0, bytes: 0 });
});

test("what could not be judged is kept all the same", async () => {
  const source = {};
  const hearing = new LocalHearing(() => Promise.reject(new EarshotError("engine.job_failed", "no model")));
  const request = { streamId: 1, source, packets: ONE.slice(0, 4), keepFromSeq: 0 };
  await assertRejects(() => hearing.hear([request]), EarshotError, "no model");
  assertEquals(hearing.held.bytes, 4 * 1_920);
});
