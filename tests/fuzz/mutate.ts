import fc from "../support/fast_check.ts";

/** One change of a byte sequence. */
interface Edit {
  readonly at: number;
  readonly value: number;
  readonly kind: "set" | "insert" | "remove" | "cut" | "repeat";
}

const EDIT: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat({ max: 4_096 }),
  value: fc.nat({ max: 255 }),
  kind: fc.constantFrom("set", "set", "set", "insert", "remove", "cut", "repeat"),
});

/** Valid inputs with a few bytes changed: what gets past a first look, unlike random bytes. */
export function mutatedBytes(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  return fc.tuple(fc.constantFrom(...seeds), fc.array(EDIT, { maxLength: 6 }))
    .map(([seed, edits]) => edits.reduce(edited, Uint8Array.from(seed)));
}

/** The same with text; what is no UTF-8 any more is replaced, as a socket does. */
export function mutatedText(seeds: readonly string[]): fc.Arbitrary<string> {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  return mutatedBytes(seeds.map((seed) => encoder.encode(seed))).map((bytes) => decoder.decode(bytes));
}

function edited(bytes: Uint8Array<ArrayBuffer>, { at, value, kind }: Edit): Uint8Array<ArrayBuffer> {
  const place = bytes.length === 0 ? 0 : at % bytes.length;
  switch (kind) {
    case "set":
      bytes[place] = value;
      return bytes;
    case "insert":
      return Uint8Array.from([...bytes.subarray(0, place), value, ...bytes.subarray(place)]);
    case "remove":
      return Uint8Array.from([...bytes.subarray(0, place), ...bytes.subarray(place + 1)]);
    case "cut":
      return bytes.slice(0, place);
    case "repeat":
      return Uint8Array.from([
        ...bytes.subarray(0, place),
        ...bytes.subarray(0, place),
        ...bytes.subarray(place),
      ]);
  }
}
