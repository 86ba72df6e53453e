import { assert, assertAlmostEquals, assertEquals, assertLess, assertRejects } from "@std/assert";
import { joinPcm } from "../../../lib/audio/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import { musicConfig, type MusicSource, musicSource, type Track } from "../../../lib/tools/mod.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { joinBytes, oggOpusFile, waveFile } from "../../support/sound_files.ts";
import { withTempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";
import { TONE_MP3 } from "../../support/tone_mp3.ts";
import { hearTone } from "../../support/tones.ts";

const NEVER = new AbortController().signal;

/** Files without sound, by their names. */
async function withMusic(
  names: readonly string[],
  use: (music: MusicSource, folder: string) => Promise<void>,
  options: Partial<Parameters<typeof musicSource>[1]> & { readonly maxMinutes?: number } = {},
): Promise<void> {
  await withTempDir(async (folder) => {
    for (const name of names) {
      await Deno.mkdir(`${folder}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeFile(`${folder}/${name}`, TONE_MP3);
    }
    const { maxMinutes = 10, ...others } = options;
    const music = musicSource(musicConfig.parse({ folder, maxMinutes }), { clock: systemClock, ...others });
    await use(music, folder);
    music.close();
    music.close();
  });
}

const played = async (music: MusicSource, name?: string): Promise<Track | undefined> => {
  const { effect } = await music.call("play_music", name === undefined ? {} : { name }, NEVER);
  return effect?.type === "play" ? effect.track : undefined;
};

const listed = async (music: MusicSource, name?: string) =>
  (await music.call("list_music", name === undefined ? {} : { name }, NEVER)).text;

/** All the sound of a track. */
async function soundOf(track: Track | undefined, signal = NEVER) {
  const parts = await Array.fromAsync(track?.open(signal) ?? []);
  const [{ sampleRateHz } = { sampleRateHz: 0 }] = parts;
  return { pcm: joinPcm(parts.map(({ pcm }) => pcm)), sampleRateHz };
}

test("play_music finds names as people say them, in English and Chinese", async () => {
  const names = [
    "The Beatles/01 - Yesterday.mp3",
    "The Beatles/Let_It_Be.ogg",
    "Édith Piaf/La vie en rose.opus",
    "周杰伦/七里香.mp3",
    "周杰伦/青花瓷 (现场).wav",
    "儿歌/小星星.mp3",
    "儿歌/两只老虎.MP3",
    "Don't Stop Me Now.mp3",
  ];
  await withMusic(names, async (music) => {
    for (
      const [said, title] of [
        ["yesterday", "01 - Yesterday"],
        ["Yesterday by the Beatles", "01 - Yesterday"],
        ["let it be", "Let It Be"],
        ["LET-IT-BE!", "Let It Be"],
        ["edith piaf la vie en rose", "La vie en rose"],
        ["la vi en rose", "La vie en rose"],
        ["dont stop me now", "Don't Stop Me Now"],
        ["七里香", "七里香"],
        ["周杰伦的七里香", "七里香"],
        ["青花瓷", "青花瓷 (现场)"],
        ["小星星。", "小星星"],
        ["两只 老虎", "两只老虎"],
      ] as const
    ) assertEquals((await played(music, said))?.title, title, said);
    for (const said of ["bohemian rhapsody", "夜曲", "?!", "xyz", "a"]) {
      assertEquals(await played(music, said), undefined, said);
    }
    assertEquals((await listed(music, "周杰伦")).split("\n").toSorted(), ["七里香", "青花瓷 (现场)"]);
    assertEquals((await listed(music)).split("\n").length, 8);
    assertEquals(await listed(music, "nothing like that"), "There is no such music in the folder.");
  });
});

test("play_music without a name plays any", async () => {
  let draw = 0;
  await withMusic(["a.mp3", "b.mp3", "c.mp3"], async (music) => {
    const titles: (string | undefined)[] = [];
    for (draw of [0, 0.5, 0.999, 1]) titles.push((await played(music))?.title);
    assertEquals(titles, ["a", "b", "c", "c"]);
  }, { random: () => draw });
});

test("music: links out of the folder, hidden files, what is too deep and what is no file are left out", async () => {
  await withTempDir(async (outside) => {
    await Deno.writeFile(`${outside}/secret.mp3`, TONE_MP3);
    await Deno.mkdir(`${outside}/dir`);
    await Deno.writeFile(`${outside}/dir/other.mp3`, TONE_MP3);
    await withMusic(
      ["a/b/c/d/deep.mp3", "a/b/c/d/e/deeper.mp3", ".hidden.mp3", "note.txt"],
      async (music, folder) => {
        await Deno.symlink(`${outside}/secret.mp3`, `${folder}/link.mp3`);
        await Deno.symlink(`${outside}/dir`, `${folder}/linked`);
        await Deno.symlink(`${folder}/a`, `${folder}/round`);
        await Deno.symlink(`${folder}/a/b/c/d/deep.mp3`, `${folder}/inside.mp3`);
        await Deno.symlink(`${folder}/nowhere`, `${folder}/broken.mp3`);
        await Deno.mkdir(`${folder}/folder.mp3`);
        assertEquals((await listed(music)).split("\n").toSorted(), ["deep", "inside"]);
        assertEquals(music.stats, { files: 2, skipped: 2 });
        const track = await played(music, "deep");
        await Deno.remove(`${folder}/a/b/c/d/deep.mp3`);
        await Deno.symlink(`${outside}/secret.mp3`, `${folder}/a/b/c/d/deep.mp3`);
        assertEquals((await assertRejects(() => soundOf(track), EarshotError)).code, "tool.music");
      },
    );
  });
});

test("music: a folder of 10,000 files is looked at once a minute, and no more of it is known", async () => {
  const clock = new FakeClock();
  await withTempDir(async (folder) => {
    for (let index = 0; index < 10_050; index++) {
      Deno.writeTextFileSync(`${folder}/song number ${index}.mp3`, "");
    }
    const music = musicSource({ folder, maxMinutes: 10 }, { clock });
    const beganMs = performance.now();
    const text = await listed(music);
    assert(text.startsWith("20 of 10000:\n"), text);
    assertEquals([text.split("\n").length, music.stats.files], [21, 10_000]);
    const lookedMs = performance.now();
    assert((await played(music, "number")) !== undefined);
    assertLess(performance.now() - lookedMs, 1_000);
    assertLess(lookedMs - beganMs, 5_000);
    for (let index = 0; index < 10_050; index++) Deno.removeSync(`${folder}/song number ${index}.mp3`);
    assert((await listed(music)).startsWith("20 of 10000"));
    await clock.advance(60_000);
    assertEquals(await listed(music), "There is no such music in the folder.");
    assertEquals((await music.call("play_music", {}, NEVER)).failed, true);
    music.close();
  });
});

test("music: a folder that is not there fails each call, and is found once it is", async () => {
  await withTempDir(async (dir) => {
    const music = musicSource({ folder: `${dir}/music`, maxMinutes: 10 }, { clock: systemClock });
    const error = await assertRejects(() => played(music), EarshotError);
    assertEquals([error.code, error.message.includes(dir)], ["tool.unavailable", false]);
    await Deno.mkdir(`${dir}/music`);
    await Deno.writeFile(`${dir}/music/a.mp3`, TONE_MP3);
    assertEquals((await played(music))?.title, "a");
    music.close();
  });
});

test("music: MP3 with a tag of 2 MB, stereo WAV and Ogg Opus give their sound, at their own rate", async () => {
  await withMusic([], async (music, folder) => {
    const size = 2 * 2 ** 20;
    const tag = [73, 68, 51, 4, 0, 0, size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127];
    await Deno.writeFile(
      `${folder}/mp3.mp3`,
      joinBytes([Uint8Array.from(tag), new Uint8Array(size), TONE_MP3]),
    );
    const tone = Array.from({ length: 44_100 }, (_, at) => 0.25 * Math.sin(at * 2 * Math.PI * 440 / 44_100));
    await Deno.writeFile(`${folder}/wav.wav`, waveFile({ channels: [tone, tone], rateHz: 44_100 }));
    const pcm = Int16Array.from(
      { length: 16_000 },
      (_, at) => 8_000 * Math.sin(at * 2 * Math.PI * 440 / 16_000),
    );
    await Deno.writeFile(`${folder}/opus.opus`, oggOpusFile(pcm));
    for (
      const [name, rateHz, durationMs] of [["mp3", 24_000, 648], ["wav", 44_100, 1_000], [
        "opus",
        24_000,
        1_000,
      ]] as const
    ) {
      const { pcm, sampleRateHz } = await soundOf(await played(music, name));
      assertEquals(sampleRateHz, rateHz, name);
      assertAlmostEquals(pcm.length * 1_000 / rateHz, durationMs, 40, name);
      assertAlmostEquals(hearTone(pcm, rateHz).hz, 440, 30, name);
    }
  });
});

test("music: a broken MP3 is played as far as it can be; a file without sound, and none, fail", async () => {
  await withMusic([], async (music, folder) => {
    const noise = Uint8Array.from({ length: 30_000 }, (_, index) => (index * 7_919) >> 3 & 0x7f);
    await Deno.writeFile(`${folder}/broken.mp3`, joinBytes([TONE_MP3, noise, TONE_MP3.subarray(0, 1_500)]));
    await Deno.writeFile(`${folder}/noise.mp3`, noise);
    await Deno.writeFile(`${folder}/empty.mp3`, new Uint8Array(0));
    await Deno.writeFile(`${folder}/page.ogg`, new TextEncoder().encode("<html>".repeat(5_000)));
    await Deno.writeFile(`${folder}/half.wav`, waveFile({ channels: [[0, 0.1, 0.2]] }).subarray(0, 20));
    await Deno.writeFile(`${folder}/silent.mp3`, new Uint8Array(9 * 2 ** 20));
    const { pcm } = await soundOf(await played(music, "broken"));
    assert(pcm.length >= 27 * 576, `${pcm.length} samples`);
    for (const name of ["noise", "empty", "page", "half", "silent"]) {
      assertEquals(
        (await assertRejects(async () => await soundOf(await played(music, name)), EarshotError)).code,
        "tool.music",
        name,
      );
    }
    const gone = await played(music, "noise");
    await Deno.remove(`${folder}/noise.mp3`);
    assertEquals((await assertRejects(() => soundOf(gone), EarshotError)).code, "tool.music");
  });
});

test("music: a track ends at its bound, with its reader, and with its signal, and its file is closed each time", async () => {
  await withMusic([], async (music, folder) => {
    const minute = new Float32Array(60 * 8_000).fill(0.1);
    await Deno.writeFile(`${folder}/long.wav`, waveFile({ channels: [minute], rateHz: 8_000 }));
    const track = await played(music, "long");
    assertEquals((await soundOf(track)).pcm.length, 0.1 * 60 * 8_000);
    // The sanitizer sees the files.
    for await (const _ of track?.open(NEVER) ?? []) break;
    const controller = new AbortController();
    const read = async () => {
      for await (const _ of track?.open(controller.signal) ?? []) {
        controller.abort(new EarshotError("canceled", "Cannot go on: the test says so"));
      }
    };
    assertEquals((await assertRejects(read, EarshotError)).code, "canceled");
    assertEquals((await assertRejects(read, EarshotError)).code, "canceled");
  }, { maxMinutes: 0.1 });
});
