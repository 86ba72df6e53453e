/** How this checkout is run with the Deno that runs now, which need not be installed. */
const NPX = `npx -y deno@${Deno.version.deno}`;

/** What `earshot` stands for in a checkout, where no such command is installed; none in the executable. */
export function earshotAlias(): string | undefined {
  return Deno.build.standalone ? undefined : `alias earshot='${NPX} run -qA main.ts'`;
}

/** The command that starts the gateway. */
export function startCommand(): string {
  return Deno.build.standalone ? "earshot serve" : `${NPX} task -q start`;
}
