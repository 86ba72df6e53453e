/** Where `.ci/test.ts` reads at the end of the run what was skipped, one reason a line. */
const REASONS = Deno.env.get("EARSHOT_TEST_SKIPPED");
const told = new Set<string>();

/** Tells, once, that tests are skipped because `what` is not there, and how to get it. */
export function tellSkipped(what: string, how: string): void {
  const reason = `${what}: ${how}`;
  if (told.has(reason)) return;
  told.add(reason);
  if (REASONS !== undefined) Deno.writeTextFileSync(REASONS, `${reason}\n`, { append: true });
  // deno-lint-ignore no-console
  else console.warn(`tests are skipped: ${reason}`);
}
