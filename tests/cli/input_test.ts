import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { writeWav } from "../../lib/audio/mod.ts";
import { Input, unreadable } from "../../lib/cli/input.ts";
import { EarshotError, EXIT } from "../../lib/errors/mod.ts";
import { objectsOf, runEarshot } from "../support/cli.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const NEVER = new AbortController().signal;

/** How often a message names a path. */
function mentions(message: string, path: string): number {
  return message.split(path).length - 1;
}

test("why a file cannot be read is said by the kind of the error, and the path once", async () => {
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/file`, "");
    await Deno.symlink(`${dir}/loop`, `${dir}/loop`);
    const cases: readonly (readonly [path: string, why: string])[] = [
      [`${dir}/nope.wav`, "there is no such file"],
      [dir, "it is a directory"],
      [`${dir}/file/a.wav`, "a part of its path is no directory"],
      [`${dir}/${"n".repeat(300)}`, "ENAMETOOLONG"],
      [`${dir}/loop`, "ELOOP"],
    ];
    for (const [path, why] of cases) {
      const error = await assertRejects(() => Array.fromAsync(new Input(path, NEVER)), EarshotError);
      assertEquals([error.code, mentions(error.message, path)], ["cli.unreadable", 1], error.message);
      assertStringIncludes(error.message, why);
    }
  });
}, { ignore: Deno.build.os === "windows" });

test("standard input that is named twice, and a file that looks like an option, are told before anything is read", async () => {
  for (
    const args of [["transcribe", "-", "-"], ["device", "--url", "ws://127.0.0.1:1/", "-", "/dev/stdin"]]
  ) {
    const { code, stderr } = await runEarshot(args);
    assertEquals(code, EXIT.usage);
    assertStringIncludes(stderr, "Cannot read standard input twice: name - once");
  }
  const dash = await runEarshot(["transcribe", "-a.wav"]);
  assertEquals(dash.code, EXIT.usage);
  assertStringIncludes(dash.stderr, "if it is a file: ./-a.wav");
});

test("a file that this user may not read, and one that nobody can explain, are said in words", () => {
  const denied = unreadable("a.wav", new Deno.errors.PermissionDenied("readfile 'a.wav'"));
  assertEquals(denied.message, "Cannot read a.wav: permission denied");
  const notCapable = unreadable("/dev/fd/63", new Deno.errors.NotCapable("Requires all access"));
  assertStringIncludes(notCapable.message, "pipe it in, and give - as the file");
  const odd = unreadable("a.wav", new TypeError("a.wav is odd"));
  assertEquals(odd.message, "Cannot read a.wav: it cannot be read (TypeError)");
});

test("device names the WAV that it cannot say, before it connects anywhere", async () => {
  await withTempDir(async (dir) => {
    const files = { empty: new Uint8Array(), text: new TextEncoder().encode("hello") };
    await Deno.writeFile(`${dir}/good.wav`, writeWav(new Int16Array(160), 16_000));
    for (const [name, bytes] of Object.entries({ ...files, silent: writeWav(new Int16Array(), 16_000) })) {
      const path = `${dir}/${name}.wav`;
      await Deno.writeFile(path, bytes);
      const args = ["device", "--json", "--url", "ws://127.0.0.1:1/", `${dir}/good.wav`, path];
      const { code, stdout } = await runEarshot(args);
      const [error, ...more] = objectsOf(stdout);
      assertEquals([code, error?.["code"], more], [EXIT.input, "audio.invalid_wav", []]);
      assertEquals(mentions(String(error?.["message"]), path), 1, stdout);
    }
  });
});
