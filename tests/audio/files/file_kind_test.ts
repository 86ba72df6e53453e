import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readSound } from "../../../lib/audio/mod.ts";
import { convertCommand } from "../../../lib/audio/files/convert_command.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { inPieces } from "../../support/sound_files.ts";
import { withTempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

/** What is said of a file that begins so. */
async function said(begins: string | readonly number[], file?: string): Promise<string> {
  const bytes = typeof begins === "string"
    ? Uint8Array.from(begins, (letter) => letter.charCodeAt(0))
    : Uint8Array.from(begins);
  const padded = new Uint8Array(bytes.length === 0 ? 0 : 600);
  padded.set(bytes);
  const options = file === undefined ? {} : { file };
  const error = await assertRejects(() => readSound(inPieces(padded, 100), options).next(), EarshotError);
  assertEquals(error.code, "audio.invalid_wav");
  assert(!error.message.includes("\n"), error.message);
  return error.message;
}

test("files of every usual kind are named, with the command that converts them", async () => {
  const kinds: readonly (readonly [begins: string | readonly number[], name: string])[] = [
    ["ID3\x04\x00", "an MP3"],
    [[0xff, 0xfb, 0x90, 0x64], "an MP3"],
    [[0xff, 0xf3, 0x40, 0xc4], "an MP3"],
    [[0xff, 0xf1, 0x50, 0x80], "an AAC"],
    ["fLaC\x00", "a FLAC"],
    ["\x00\x00\x00\x20ftypM4A ", "an M4A"],
    ["\x00\x00\x00\x20ftypisom", "an MP4"],
    ["\x00\x00\x00\x14ftyp3gp5", "a 3GP"],
    ["\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "a WebM"],
    ["\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska", "a Matroska"],
    ["FORM\x00\x00\x00\x00AIFF", "an AIFF"],
    ["FORM\x00\x00\x00\x00AIFC", "an AIFF"],
    [".snd\x00\x00", "an AU"],
    ["#!AMR\n", "an AMR"],
    ["#!AMR-WB\n", "an AMR"],
    ["caff\x00\x01", "a CAF"],
    ["\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a WMA"],
    ["RIFF\x00\x00\x00\x00AVI ", "an AVI"],
    ["wvpk", "a WavPack"],
  ];
  for (const [begins, name] of kinds) {
    assertStringIncludes(await said(begins, "a.wav"), `it is ${name}`);
    assertStringIncludes(await said(begins, "a.wav"), "convert it: ffmpeg -i a.wav -ar 16000 -ac 1 out.wav");
    assertStringIncludes(await said(begins), "`ffmpeg -i - -ar 16000 -ac 1 -f wav -`");
  }
});

test("what holds no sound, or must be unpacked first, is told so", async () => {
  assertStringIncludes(await said("", "a.wav"), "it is empty");
  assertStringIncludes(await said([0, 0, 0], "a.wav"), "nothing but zeros");
  const cut = await assertRejects(
    () => readSound(inPieces(new TextEncoder().encode("RIFF$"))).next(),
    EarshotError,
  );
  assertStringIncludes(cut.message, "it ends inside its header");
  assertStringIncludes(await said("\x1f\x8b\x08", "a b.gz"), "gunzip -c 'a b.gz' | earshot transcribe -");
  assertStringIncludes(await said("PK\x03\x04", "a.zip"), "it is a zip; unpack it first: unzip a.zip");
  assertStringIncludes(await said("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull");
  assertStringIncludes(
    await said([0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4]),
    "begins with de ad be ef 01 02 03 04",
  );
  const text = (content: string) => {
    const bytes = new TextEncoder().encode(content.repeat(100));
    return assertRejects(() => readSound(inPieces(bytes)).next(), EarshotError);
  };
  for (const content of ["Hello\nthere\n", '{"a": 1}\n', "你好，世界。\n", "<!DOCTYPE html>"]) {
    assertStringIncludes((await text(content)).message, "it is text");
  }
});

test("the command names the very file to a shell", async () => {
  const names = [
    "a b.mp3",
    "it's.mp3",
    '"x" $HOME `id`.mp3',
    "-i.mp3",
    "12:30.mp3",
    "a\\b.mp3",
    "你好.mp3",
    "new\nline'\\.mp3",
  ];
  await withTempDir(async (dir) => {
    for (const name of names) {
      await Deno.writeTextFile(`${dir}/${name}`, name);
      const command = convertCommand(name);
      assert(!command.includes("\n"));
      // In place of ffmpeg, the file that it is given is printed.
      const script = `ffmpeg() { cat -- "$2"; }; ${command}`;
      const { stdout } = await new Deno.Command("bash", { args: ["-c", script], cwd: dir }).output();
      assertEquals(new TextDecoder().decode(stdout), name, command);
      assert(!/ffmpeg -i (-|[^/]*:)/.test(command), command);
    }
  });
}, { ignore: Deno.build.os !== "linux" });
