/** The ways in which people and programs write the twelve digits: in sixes, fours and twos, and all in a row. */
const NOTATIONS = [
  /^[0-9a-f]{1,2}([:._ -])[0-9a-f]{1,2}(?:\1[0-9a-f]{1,2}){4}$/i,
  /^[0-9a-f]{4}([:._ -])[0-9a-f]{4}\1[0-9a-f]{4}$/i,
  /^[0-9a-f]{6}[:._ -][0-9a-f]{6}$/i,
  /^[0-9a-f]{12}$/i,
];

/**
 * A MAC address in its one form, `aa:bb:cc:dd:ee:ff`, in whatever notation it comes: `AA-BB-CC-DD-EE-FF`,
 * `aabb.ccdd.eeff`, `aabbccddeeff`, `2:0:0:aa:bb:cc`. `undefined` for what is no MAC address.
 */
export function normalizeMac(text: string): string | undefined {
  const trimmed = text.trim();
  if (!NOTATIONS.some((notation) => notation.test(trimmed))) return undefined;
  const groups = trimmed.toLowerCase().split(/[:._ -]/);
  const digits = groups.length === 6 ? groups.map((group) => group.padStart(2, "0")) : groups;
  return digits.join("").match(/../g)?.join(":");
}
