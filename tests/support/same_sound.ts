import { assertEquals } from "@std/assert";

/**
 * Compares sound sample by sample, and says where it differs rather than printing all of it. Several sounds in place of one:
 * it must be one of them.
 */
export function assertSameSound(
  actual: readonly Int16Array[],
  expected: readonly (Int16Array | readonly Int16Array[])[],
): void {
  const likeliest = expected.map((sounds, index) => {
    if (sounds instanceof Int16Array) return sounds;
    return sounds.find((sound) => differsAt(actual[index], sound) === -1) ?? sounds[0];
  });
  assertEquals(
    {
      samples: actual.map(({ length }) => length),
      differsAt: actual.map((pcm, index) => differsAt(pcm, likeliest[index])),
    },
    { samples: likeliest.map((sound) => sound?.length), differsAt: likeliest.map(() => -1) },
  );
}

function differsAt(actual: Int16Array | undefined, expected: Int16Array | undefined): number | undefined {
  return actual?.findIndex((sample, at) => sample !== expected?.[at]);
}
