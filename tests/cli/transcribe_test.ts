import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../lib/errors/mod.ts";
import { type CliResult, earshotCommandLine, objectsOf, runEarshot } from "../support/cli.ts";
import { anyMissing, weightsMissing } from "../support/models.ts";
import { withConfig } from "../support/served_gateway.ts";
import { joinBytes, oggOpusFile, waveFile, type WaveFileOptions } from "../support/sound_files.ts";
import {
  COUNTRY,
  COUNTRY_WORDS,
  JFK,
  SHARED_DIR,
  type SpeechClip,
  speechClip,
  speechMissing,
} from "../support/speech.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const ignore = weightsMissing || speechMissing();
const TRIALS = `${SHARED_DIR}/trials/wav`;
const TRIAL_WORDS = /^go forward (ten|10) meters\.?$/i;

/** Samples of a clip from -1 to 1. */
function floats({ pcm }: SpeechClip): Float32Array {
  return Float32Array.from(pcm, (sample) => sample / 32_768);
}

/** Samples from -1 to 1 as a WAV of 16 bits holds them. */
function bytesOf(samples: Float32Array): Uint8Array {
  return new Uint8Array(Int16Array.from(samples, (value) => value * 32_768).buffer);
}

/** Runs a script in which `earshot` is the command. */
async function runScript(script: string, env: Record<string, string>): Promise<CliResult> {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      `earshot() { ${earshotCommandLine([]).map((word) => `'${word}'`).join(" ")} "$@"; }; ${script}`,
    ],
    stdin: "null",
    env: { NO_COLOR: "1", ...env },
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** What a run said of each file, and what it said beside. */
async function transcribeFiles(
  files: readonly string[],
): Promise<{ said: Map<string, string>; stderr: string }> {
  const said = new Map<string, string>();
  let errors = "";
  await withConfig(async (config) => {
    const { stdout, stderr } = await runEarshot(["transcribe", "--json", "--config", config, ...files]);
    for (const { type, file, text } of objectsOf(stdout)) {
      if (type === undefined) said.set(String(file), String(text));
    }
    errors = stderr;
  });
  return { said, stderr: errors };
}

test("what every player takes is taken: the words, whatever the samples look like", async () => {
  const country = floats(speechClip(COUNTRY));
  const silence = new Float32Array(country.length);
  const kinds: Readonly<Record<string, Omit<WaveFileOptions, "channels"> & Partial<WaveFileOptions>>> = {
    u8: { encoding: "u8" },
    s24_extensible: { encoding: "s24", extensible: true },
    f64: { encoding: "f64" },
    a_law: { encoding: "aLaw" },
    mu_law: { encoding: "muLaw" },
    rf64: { container: "RF64" },
    w64: { container: "W64" },
    rifx: { container: "RIFX" },
    of_a_pipe: { dataBytes: 0xffff_ffff },
    without_size: { dataBytes: 0 },
    eight_channels: { channels: [...new Array(7).fill(silence), country] },
    sides_cancel: { channels: [country, country.map((value) => -value)] },
    several_sounds: {
      channels: [country.subarray(0, 20_000)],
      behind: [["LIST", new Uint8Array(8)], ["data", bytesOf(country.subarray(20_000))]],
    },
    very_quiet: { channels: [country.map((value) => value * 0.003)] },
    quiet_floats: { channels: [country.map((value) => value * 0.003)], encoding: "f32" },
    offset: { channels: [country.map((value) => value * 0.2 + 0.7)] },
    int16_scale: { channels: [country.map((value) => value * 32_768)], encoding: "f32" },
    rate_192k: {
      channels: [
        Float32Array.from({ length: country.length * 12 }, (_, i) => country[Math.floor(i / 12)] ?? 0),
      ],
      rateHz: 192_000,
    },
  };
  await withTempDir(async (dir) => {
    const files = [`${dir}/ogg_opus.wav`]; // by its bytes, not by its name
    await Deno.writeFile(files[0] ?? "", oggOpusFile(speechClip(COUNTRY).pcm));
    for (const [name, options] of Object.entries(kinds)) {
      files.push(`${dir}/${name}.wav`);
      await Deno.writeFile(`${dir}/${name}.wav`, waveFile({ channels: [country], ...options }));
    }
    const { said, stderr } = await transcribeFiles(files);
    for (const file of files) assertMatch(said.get(file) ?? "(nothing)", COUNTRY_WORDS, file);
    assertEquals(stderr.trim().split("\n").length, 2, stderr);
    assertMatch(stderr, /sides_cancel\.wav: its channels cancel each other .+\n/);
    assertMatch(stderr, /int16_scale\.wav: its floats are .+\n/);
  });
}, { ignore });

test("a long silence before the first word makes no other words of it", async () => {
  await withTempDir(async (dir) => {
    const file = `${dir}/late.wav`;
    const clip = floats(speechClip(COUNTRY));
    const sound = new Float32Array(6 * 16_000 + clip.length);
    sound.set(clip, 6 * 16_000);
    await Deno.writeFile(file, waveFile({ channels: [sound] }));
    const { said } = await transcribeFiles([file]);
    assertMatch(said.get(file) ?? "(nothing)", COUNTRY_WORDS);
  });
}, { ignore });

test("the files of the trials", async () => {
  const files = Object.entries({
    announces_its_header_too: TRIAL_WORDS,
    cut_short: TRIAL_WORDS,
    float_in_int16_scale_8k: TRIAL_WORDS,
    mulaw_8k: TRIAL_WORDS,
    pcm_8bit: TRIAL_WORDS,
    rate_96k: /^go forward ten/i,
    stereo_right_inverted_8k: TRIAL_WORDS,
    three_channels_8k: TRIAL_WORDS,
  });
  const { said, stderr } = await transcribeFiles(files.map(([name]) => `${TRIALS}/${name}.wav`));
  for (const [name, words] of files) {
    assertMatch(said.get(`${TRIALS}/${name}.wav`) ?? "(nothing)", words, name);
  }
  assertEquals(stderr.match(/cut_short\.wav: it is cut short/g)?.length, 1);
  assertEquals(stderr.trim().split("\n").length, 3, stderr);
}, { ignore: ignore || anyMissing(`${TRIALS}/cut_short.wav`) });

test("what is no sound to read is refused by what it is, with the command for it", async () => {
  await withConfig(async (config) => {
    await withTempDir(async (dir) => {
      const mp3 = `${dir}/it's a song.wav`;
      await Deno.writeFile(mp3, joinBytes([Uint8Array.of(0xff, 0xfb, 0x90, 0x64), new Uint8Array(4_000)]));
      await Deno.writeFile(`${dir}/empty.wav`, new Uint8Array());
      const files = [mp3, `${dir}/empty.wav`, dir, "/dev/zero", "/dev/null"];
      const { code, stdout, stderr } = await runEarshot(["transcribe", "--config", config, ...files]);
      assertEquals([code, stdout], [EXIT.input, ""]);
      const faults = stderr.split("\n").filter((line) => line.startsWith("earshot: "));
      assertEquals(faults.length, files.length, stderr);
      const quoted = `'${mp3.replaceAll("'", `'\\''`)}'`;
      assertStringIncludes(
        faults[0] ?? "",
        `it is an MP3; convert it: ffmpeg -i ${quoted} -ar 16000 -ac 1 out.wav`,
      );
      assertStringIncludes(faults[1] ?? "", "it is empty");
      assertStringIncludes(faults[2] ?? "", "it is a directory");
      assertStringIncludes(faults[3] ?? "", "nothing but zeros");
      assertStringIncludes(faults[4] ?? "", "it is empty");
      const args = ["transcribe", "--json", "--config", config, dir, `${dir}/empty.wav`];
      const objects = objectsOf((await runEarshot(args)).stdout);
      assertEquals(objects.map(({ type, file }) => [type, file]), [["error", dir], [
        "error",
        `${dir}/empty.wav`,
      ]]);
    });
  });
}, { ignore: ignore || Deno.build.os !== "linux" });

test("words of standard input come while it goes on, and Ctrl-C ends it at once", async () => {
  await withConfig(async (config) => {
    const sound = floats(speechClip(JFK));
    const file = waveFile({ channels: [sound], dataBytes: 0xffff_ffff });
    const [program = "", ...args] = earshotCommandLine(["transcribe", "--json", "--config", config, "-"]);
    const child = new Deno.Command(program, {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
    const stdin = child.stdin.getWriter();
    await stdin.write(file);
    await stdin.write(file.subarray(44));
    // It stays open: whoever speaks may say more.
    const stdout = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value = "" } = await stdout.read();
    const [segment = {}] = objectsOf(value);
    assertEquals(Object.keys(segment), ["type", "file", "startSeconds", "endSeconds", "text"]);
    assertEquals([segment["type"], segment["file"], segment["startSeconds"]], ["segment", "-", 0]);
    assertMatch(String(segment["text"]), /my fellow americans/i);
    child.kill("SIGINT");
    const { code } = await child.status;
    assertEquals([code, await new Response(child.stderr).text()], [EXIT.interrupted, ""]);
    await stdout.cancel();
    await stdin.close().catch(() => {});
  });
}, { ignore });

test("a long file gives an object for each part, and one with all of the words", async () => {
  await withConfig(async (config) => {
    await withTempDir(async (dir) => {
      const sound = floats(speechClip(JFK));
      const long = Float32Array.from({ length: 3 * sound.length }, (_, i) => sound[i % sound.length] ?? 0);
      const file = `${dir}/long.wav`;
      await Deno.writeFile(file, waveFile({ channels: [long] }));
      const { stdout, stderr } = await runEarshot(["transcribe", "--json", "--config", config, file]);
      const objects = objectsOf(stdout);
      const whole = objects.pop();
      assertEquals(
        Object.keys(whole ?? {}),
        ["file", "text", "recognizer", "audioSeconds", "realTimeFactor"],
        stderr,
      );
      assert(objects.length >= 2, stdout);
      assert(objects.every(({ type }) => type === "segment"));
      assertEquals(objects.map(({ text }) => text).join(" "), whole?.["text"]);
      const lines = await runEarshot(["transcribe", "--config", config, file]);
      assertEquals(lines.stdout, objects.map(({ text }) => `${text}\n`).join(""));
    });
  });
}, { ignore });

test("who reads no more ends it, also where the sound has no end", async () => {
  await withConfig(async (config) => {
    await withTempDir(async (dir) => {
      await Deno.writeFile(
        `${dir}/endless.wav`,
        waveFile({ channels: [floats(speechClip(JFK))], dataBytes: 0xffff_ffff }),
      );
      const endless = 'cat "$DIR/endless.wav"; while tail -c +45 "$DIR/endless.wav"; do :; done';
      const { stdout, stderr } = await runScript(
        `{ ${endless}; } 2>/dev/null | earshot transcribe --config "$CONFIG" - | head -1; echo "\${PIPESTATUS[1]}"`,
        { DIR: dir, CONFIG: config },
      );
      const [words, code, ...more] = stdout.trim().split("\n");
      assertMatch(words ?? "", /my fellow americans/i);
      assertEquals([code, more, stderr], [String(EXIT.closedPipe), [], ""]);
    });
  });
}, { ignore: ignore || Deno.build.os !== "linux" });

test("a device says what it is piped", async () => {
  await withTempDir(async (dir) => {
    await Deno.writeFile(
      `${dir}/a.wav`,
      waveFile({ channels: [new Float32Array(1_600)], encoding: "muLaw" }),
    );
    const { code, stderr } = await runScript(
      'earshot device --url ws://127.0.0.1:1/ - < "$DIR/a.wav"',
      { DIR: dir },
    );
    // It was read; only the gateway is missing.
    assertEquals(code, EXIT.network, stderr);
    assertStringIncludes(stderr, "[device.connect]");
  });
}, { ignore: Deno.build.os !== "linux" });
