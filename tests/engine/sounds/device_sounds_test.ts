import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { DeviceSounds } from "../../../lib/engine/sounds/device_sounds.ts";
import fc from "../../support/fast_check.ts";
import { noise } from "../../support/noise.ts";
import { packetChunks } from "../../support/packets.ts";
import { test } from "../../support/test.ts";

const BYTES = 960 * 2;
const PACKETS = packetChunks(noise(20 * 960, 1_000));

test("past its bytes, the sound of the device whose was used longest ago goes", () => {
  const sounds = new DeviceSounds({ maxBytes: 6 * BYTES });
  const held = [1, 2, 3].map((id) => sounds.decode(id, PACKETS.slice(0, 2)));
  assertEquals([sounds.bytes, sounds.size], [6 * BYTES, 3]);
  assertStrictEquals(sounds.decode(1, PACKETS.slice(0, 2))[1], held[0]?.[1]); // used again
  sounds.decode(4, PACKETS.slice(0, 1));
  assertEquals([sounds.bytes, sounds.size], [5 * BYTES, 3]);
  assertStrictEquals(sounds.decode(1, PACKETS.slice(0, 1))[0], held[0]?.[0]);
  assertStrictEquals(sounds.decode(3, PACKETS.slice(0, 1))[0], held[2]?.[0]);
  assertEquals(sounds.decode(2, PACKETS.slice(0, 1))[0] === held[1]?.[0], false);
  sounds.close();
  sounds.close();
  assertEquals([sounds.bytes, sounds.size], [0, 0]);
});

test("past its devices, too, though they hold nothing", () => {
  const sounds = new DeviceSounds({ maxDevices: 2 });
  for (const id of [1, 2, 3]) sounds.decode(id, PACKETS.slice(0, 1), { keepFromSeq: 10 });
  assertEquals([sounds.bytes, sounds.size], [0, 2]);
  sounds.close();
});

test("a device with more than there is room for is heard, and costs all others their sound", () => {
  const sounds = new DeviceSounds({ maxBytes: 3 * BYTES });
  sounds.decode(1, PACKETS.slice(0, 1));
  assertEquals(sounds.decode(2, PACKETS.slice(0, 5)).length, 5);
  assertEquals([sounds.bytes, sounds.size], [5 * BYTES, 1]);
  sounds.decode(1, PACKETS.slice(0, 1));
  assertEquals([sounds.bytes, sounds.size], [BYTES, 1]);
  sounds.close();
});

test("what is let go of is not held, a device that is gone has no decoder, and an unknown one is no error", () => {
  const sounds = new DeviceSounds();
  sounds.decode(1, PACKETS.slice(0, 10));
  sounds.keepFrom(1, 4);
  assertEquals([sounds.bytes, sounds.size], [6 * BYTES, 1]);
  sounds.decode(1, PACKETS.slice(10, 12), { keepFromSeq: 11 });
  assertEquals(sounds.bytes, BYTES);
  sounds.keepFrom(2, 5);
  sounds.keepFrom(2, Infinity);
  sounds.keepFrom(1, Infinity);
  assertEquals([sounds.bytes, sounds.size], [0, 0]);
});

test("whatever happens, bytes are those of what is held, and neither bound is passed", () => {
  const id = fc.integer({ min: 1, max: 5 });
  const seq = fc.nat(19);
  const act = fc.oneof(
    fc.record({ type: fc.constant("decode" as const), id, from: seq, count: fc.nat(6), keepFromSeq: seq }),
    fc.record({ type: fc.constant("keep" as const), id, fromSeq: fc.oneof(seq, fc.constant(Infinity)) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const sounds = new DeviceSounds({ maxBytes: 12 * BYTES, maxDevices: 3 });
      /** What must be held: by device, in the order of their last use. */
      const model = new Map<number, { keepFromSeq: number; readonly held: Set<number> }>();
      const keepFrom = (id: number, fromSeq: number) => {
        const sound = model.get(id);
        if (sound === undefined) return;
        sound.keepFromSeq = Math.max(sound.keepFromSeq, fromSeq);
        for (const seq of [...sound.held]) if (seq < sound.keepFromSeq) sound.held.delete(seq);
        if (fromSeq === Infinity) model.delete(id);
      };
      const modelBytes = () => [...model.values()].reduce((sum, { held }) => sum + held.size * BYTES, 0);
      for (const act of acts) {
        if (act.type === "keep") {
          sounds.keepFrom(act.id, act.fromSeq);
          keepFrom(act.id, act.fromSeq);
        } else {
          const packets = PACKETS.slice(act.from, act.from + act.count);
          const decoded = sounds.decode(act.id, packets, { keepFromSeq: act.keepFromSeq });
          assertEquals(decoded.map(({ pcm }) => pcm.length), packets.map(() => 960));
          const sound = model.get(act.id) ?? { keepFromSeq: 0, held: new Set() };
          model.delete(act.id);
          model.set(act.id, sound);
          keepFrom(act.id, act.keepFromSeq);
          for (const { seq } of packets) if (seq >= sound.keepFromSeq) sound.held.add(seq);
          for (const id of [...model.keys()]) {
            if (modelBytes() > 12 * BYTES || model.size > 3) model.delete(id);
          }
        }
        assertEquals([sounds.bytes, sounds.size], [modelBytes(), model.size]);
        assert(sounds.bytes <= 12 * BYTES && sounds.size <= 3);
      }
      sounds.close();
      assertEquals([sounds.bytes, sounds.size], [0, 0]);
    }),
    { numRuns: 100 },
  );
});
