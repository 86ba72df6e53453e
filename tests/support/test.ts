import { isSkipped } from "./closed_machine.ts";

/** `Deno.test` with the leak sanitizers on; since Deno 2.8 they are off unless asked for. */
export function test(
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
  options: Omit<Deno.TestDefinition, "name" | "fn"> = {},
): void {
  Deno.test({
    sanitizeOps: true,
    sanitizeResources: true,
    sanitizeExit: true,
    ...options,
    name,
    fn,
    ignore: options.ignore === true || isSkipped(name),
  });
}
