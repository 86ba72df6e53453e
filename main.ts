/**
 * Earshot's one entry: every command, the engine process included, begins here.
 *
 * @module
 */
import { runCli } from "./lib/cli/mod.ts";

if (import.meta.main) Deno.exit(await runCli(Deno.args));
