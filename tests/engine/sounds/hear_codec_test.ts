import { assertEquals, assertThrows } from "@std/assert";
import type { HearRequest } from "../../../lib/engine/mod.ts";
import { packRequests, unpackResponses } from "../../../lib/engine/sounds/hear_codec.ts";
import { unpackPackets } from "../../../lib/engine/sounds/packet_codec.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { joinPcm } from "../../../lib/audio/mod.ts";
import fc from "../../support/fast_check.ts";
import { joinBytes } from "../../support/sound_files.ts";
import { test } from "../../support/test.ts";

const SOURCES = [{}, {}, {}];
const soundIdOf = (source: object) => 10 + SOURCES.indexOf(source);

const request: fc.Arbitrary<HearRequest> = fc.record({
  streamId: fc.nat(),
  source: fc.constantFrom(...SOURCES),
  packets: fc.array(
    fc.record({ seq: fc.nat(), durationMs: fc.constant(20), opus: fc.uint8Array({ maxLength: 9 }) }),
    { maxLength: 4 },
  ).map((packets) => packets.map((packet) => ({ ...packet, opus: Uint8Array.of(72, ...packet.opus) }))),
  keepFromSeq: fc.nat(),
  wants: fc.constantFrom("levels" as const, "pcm" as const, undefined),
});

test("each request's packets arrive with it, in order", () => {
  fc.assert(fc.property(fc.array(request, { maxLength: 6 }), (batch) => {
    const { parts, packets } = packRequests(batch, soundIdOf);
    const all = unpackPackets(packets);
    let at = 0;
    const arrived: unknown = parts.map(({ count, soundId, ...rest }) => ({
      wants: undefined,
      ...rest,
      source: SOURCES[soundId - 10],
      packets: all.slice(at, at += count),
    }));
    assertEquals(arrived, batch);
    assertEquals(at, all.length);
  }));
});

const response = fc.record({
  streamId: fc.nat(),
  probabilities: fc.float32Array({ maxLength: 5, noNaN: true }),
  has: fc.constantFrom("levels" as const, "pcm" as const, undefined),
  levels: fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 4 }),
  pcm: fc.array(fc.int16Array({ maxLength: 4 }), { maxLength: 4 }),
});
type Response = typeof response extends fc.Arbitrary<infer Value> ? Value : never;

/** What the engine would answer. */
function answerOf(responses: readonly Response[]) {
  const having = (what: "levels" | "pcm") => responses.filter(({ has }) => has === what);
  return {
    type: "heard",
    id: 1,
    verdicts: responses.map(({ streamId, probabilities, has, levels, pcm }) => ({
      streamId,
      frames: probabilities.length,
      ...(has === "levels" && { levels: levels.map(({ length }) => length) }),
      ...(has === "pcm" && { samples: pcm.map(({ length }) => length) }),
    })),
    probabilities: Float32Array.from(responses.flatMap(({ probabilities }) => [...probabilities])),
    levels: joinBytes(having("levels").flatMap(({ levels }) => levels)),
    pcm: joinPcm(having("pcm").flatMap(({ pcm }) => pcm)),
  } as const;
}

test("each verdict gets what is its own, and nothing that was not wanted", () => {
  fc.assert(fc.property(fc.array(response, { maxLength: 6 }), (responses) => {
    assertEquals(
      unpackResponses(answerOf(responses)),
      responses.map(({ streamId, probabilities, has, levels, pcm }) => ({
        streamId,
        probabilities,
        ...(has === "levels" && { levels }),
        ...(has === "pcm" && { pcm }),
      })),
    );
  }));
});

test("the sound of a packet is a copy of its own: it may be kept without the rest", () => {
  const pcm = [Int16Array.of(1, 2), Int16Array.of(3)];
  const one = { streamId: 1, probabilities: new Float32Array(0), has: "pcm" as const, levels: [], pcm };
  const [heard] = unpackResponses(answerOf([one]));
  assertEquals(heard?.pcm?.map(({ buffer }) => buffer.byteLength), [4, 2]);
});

test("arrays that are not what the verdicts say are refused", () => {
  const right = answerOf([
    {
      streamId: 1,
      probabilities: Float32Array.of(0, 1),
      has: "levels",
      levels: [Uint8Array.of(1, 2)],
      pcm: [],
    },
    { streamId: 2, probabilities: Float32Array.of(1), has: "pcm", levels: [], pcm: [Int16Array.of(1, 2, 3)] },
  ]);
  assertEquals(unpackResponses(right).length, 2);
  for (
    const wrong of [
      { probabilities: new Float32Array(2) },
      { probabilities: new Float32Array(4) },
      { levels: new Uint8Array(1) },
      { levels: new Uint8Array(3) },
      { pcm: new Int16Array(2) },
      { pcm: new Int16Array(4) },
      { verdicts: [] },
    ]
  ) assertEquals(assertThrows(() => unpackResponses({ ...right, ...wrong }), EarshotError).code, "internal");
});
