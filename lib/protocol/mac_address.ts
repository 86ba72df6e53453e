/** Six pairs with one separator: `02:00:00:AA:BB:CC`, `02-00-...`, `02_00_...`; a leading zero may be left out. */
const PAIRS = /^[0-9a-f]{1,2}([:\-_. ])[0-9a-f]{1,2}(?:\1[0-9a-f]{1,2}){4}$/i;

/** Three groups of four or two of six, as switches and printers write them, or no separator at all. */
const GROUPS = /^(?:[0-9a-f]{4}([.:\- ])[0-9a-f]{4}\1[0-9a-f]{4}|[0-9a-f]{6}[.:\- ]?[0-9a-f]{6})$/i;

/**
 * A MAC address in the one form in which it is compared, `02:00:00:aa:bb:cc`, whatever the notation; `undefined` for
 * anything else. Full-width digits and colons, as a Chinese input method writes them, count as the plain ones.
 */
export function normalizeMacAddress(text: string): string | undefined {
  const plain = text.normalize("NFKC").trim();
  const [, separator] = PAIRS.exec(plain) ?? [];
  if (separator !== undefined) {
    return plain.toLowerCase().split(separator).map((pair) => pair.padStart(2, "0")).join(":");
  }
  if (!GROUPS.test(plain)) return undefined;
  return plain.toLowerCase().replaceAll(/[^0-9a-f]/g, "").match(/../g)?.join(":");
}
