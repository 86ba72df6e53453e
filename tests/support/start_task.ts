/** How `deno task start` starts the gateway, so that what is measured and tested is what people run. */
const { tasks } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
const words: readonly string[] = String(tasks.start.command).split(" ");

/** What it tells V8: to keep little garbage. */
export const START_V8_FLAGS: readonly string[] = words.find((word) => word.startsWith("--v8-flags="))
  ?.slice("--v8-flags=".length).split(",") ?? [];

/** What it lets the gateway do. */
export const START_PERMISSIONS: readonly string[] = words.filter((word) =>
  word.startsWith("--allow-") || word === "--no-prompt"
);
