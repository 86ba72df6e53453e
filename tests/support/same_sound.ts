import { assertEquals } from "@std/assert";

/** Compares sound sample by sample, and says where it differs rather than printing all of it. */
export function assertSameSound(
  actual: readonly Int16Array[],
  expected: readonly Int16Array[],
): void {
  const differsAt = actual.map((pcm, index) =>
    pcm.findIndex((sample, at) => sample !== expected[index]?.[at])
  );
  assertEquals(
    { samples: actual.map(({ length }) => length), differsAt },
    { samples: expected.map(({ length }) => length), differsAt: expected.map(() => -1) },
  );
}
