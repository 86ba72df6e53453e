/** Steps that run at once cannot tell their leaks apart: the test that holds them looks for all of them. */
const UNSANITIZED = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };

/** Runs the steps of a test, for what mostly waits; a step that fails ends no other. */
export async function stepsAtOnce(
  t: Deno.TestContext,
  steps: readonly (readonly [name: string, fn: () => Promise<void>])[],
  { limit = Infinity }: { readonly limit?: number } = {},
): Promise<void> {
  const left = steps.values();
  await Promise.all(Array.from({ length: Math.min(limit, steps.length) }, async () => {
    for (const [name, fn] of left) await t.step({ ...UNSANITIZED, name, fn });
  }));
}
