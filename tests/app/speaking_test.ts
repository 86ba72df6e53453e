import { assertEquals, assertMatch } from "@std/assert";
import { test } from "../support/test.ts";

const ROOT = new URL("../../", import.meta.url);
/** A program that opens a voice, gives up the environment as `serve` does, and then speaks. */
const PROGRAM = (type: string, url: string) => `
import { openVoices } from "${new URL("lib/app/mod.ts", ROOT)}";
import { Scope, systemClock } from "${new URL("lib/lifecycle/mod.ts", ROOT)}";
import { ModelStore } from "${new URL("lib/models/mod.ts", ROOT)}";
const scope = new Scope("test");
const { signal } = scope;
const block = { type: "${type}", url: "${url}" };
const voices = await openVoices([{ name: "far", block }], {
  store: new ModelStore({ dir: "/nowhere" }),
  engines: { speak: () => Promise.reject(new Error("none")) },
  scope,
  clock: systemClock,
  signal,
});
await Deno.permissions.revoke({ name: "env" });
try {
  await Array.fromAsync(voices.get("far").speak({ text: "Hello.", language: "en" }, signal));
} catch (error) {
  console.log(error.message);
}
await scope.close();
`;

test("a voice over a WebSocket or TCP connects after the environment was given up", async () => {
  for (
    const [type, url] of [
      ["paddleSpeech", "ws://127.0.0.1:1/paddlespeech/tts/streaming"],
      ["wyoming", "tcp://127.0.0.1:1"],
    ] as const
  ) {
    const dir = await Deno.makeTempDir();
    const file = `${dir}/speak.js`;
    try {
      await Deno.writeTextFile(file, PROGRAM(type, url));
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", "--no-check", `--config=${new URL("deno.json", ROOT).pathname}`, file],
        env: { NO_COLOR: "1" },
      }).output();
      const said = new TextDecoder().decode(stdout);
      // Nobody is there, which is all that is wrong.
      assertMatch(
        said,
        /^Cannot speak with far: Cannot reach 127.0.0.1:1\b/,
        new TextDecoder().decode(stderr),
      );
      assertEquals(said.includes("env access"), false);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  }
});
