/**
 * Tests that the executable of closed machines does not pass, by name, with what its Deno 2.7.11 cannot do:
 * `docs/executable.md` shows the list. `.ci/closed_machine/test` skips them; any other executable runs them.
 */
export const SKIPPED_ON_CLOSED_MACHINES: Readonly<Record<string, string>> = {
  "serve with the transport ws hears a device and ends an idle connection":
    "`node:http` shows a connection only with its request, and drops WebSockets, so `server.transport: ws` is refused",
};

const isClosedMachine = Deno.env.get("EARSHOT_CLOSED_MACHINE") === "1";

/** Whether a test is skipped here. */
export function isSkipped(name: string): boolean {
  return isClosedMachine && name in SKIPPED_ON_CLOSED_MACHINES;
}
