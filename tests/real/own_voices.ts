import { cached, removeDir } from "./cache.ts";
import { packagesOf, pythonFile, pythonWith } from "./python.ts";
import { run, Unavailable } from "./run.ts";
import { joeVoice, sha256Of } from "./weights.ts";

const MAKE_MS = 600_000;
/** The npm package that has Kokoro's voices, and the sum of one of them. */
const KOKORO_VOICES = "kokoro-js@1.2.1";
const XIAOXIAO_SHA256 = "03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169";
/** Of eSpeak NG's data what English needs: what the known voice brings, and Earshot's list of it names. */
const ESPEAK_FILES = [
  "phontab",
  "phonindex",
  "phondata",
  "intonations",
  "en_dict",
  "lang/gmw/en",
  "lang/gmw/en-US",
];

/** Kokoro-82M v1.0 in sherpa-onnx's layout, made out of packages: the directory that its config names. */
export function kokoroForSherpa(signal: AbortSignal): Promise<string> {
  return made("kokoro-sherpa", "kokoro_to_sherpa.py", signal, async (script, dir) => {
    const wheels = await packagesOf("kokoro.txt", signal);
    const voices = await kokoroVoices(signal);
    const python = await pythonWith("voices.txt", signal);
    await run([python, script, wheels, voices, dir], { signal, deadlineMs: MAKE_MS });
  });
}

/** The Piper voice en_US-joe-medium with what sherpa-onnx needs: the directory that its config names. */
export function joeForSherpa(signal: AbortSignal): Promise<string> {
  return made("joe-sherpa", "piper_to_sherpa.py", signal, async (script, dir) => {
    const voice = `${await joeVoice(signal)}/en_US-joe-medium`;
    const python = await pythonWith("voices.txt", signal);
    await run([python, script, voice, dir], { signal, deadlineMs: MAKE_MS });
  });
}

async function made(
  name: string,
  scriptName: string,
  signal: AbortSignal,
  make: (script: string, dir: string) => Promise<void>,
): Promise<string> {
  const script = pythonFile(scriptName);
  return await cached(name, await Deno.readTextFile(script), async (dir) => {
    try {
      await make(script, dir);
      await copyEspeak(`${dir}/espeak-ng-data`, signal);
    } catch (error) {
      await removeDir(dir);
      throw error;
    }
  });
}

async function kokoroVoices(signal: AbortSignal): Promise<string> {
  const dir = await cached("kokoro-voices", KOKORO_VOICES, async (dir) => {
    const options = { signal, deadlineMs: MAKE_MS };
    await run(["npm", "pack", "--silent", "--pack-destination", dir, KOKORO_VOICES], options);
    const tarball = `${dir}/${KOKORO_VOICES.replace("@", "-")}.tgz`;
    await run(["tar", "xzf", tarball, "-C", dir, "--strip-components=2", "package/voices"], options);
    await Deno.remove(tarball);
    const sha256 = await sha256Of(`${dir}/zf_xiaoxiao.bin`);
    if (sha256 !== XIAOXIAO_SHA256) {
      throw new Unavailable(`Kokoro's voices are others: a sha256 is ${sha256}`);
    }
  });
  return dir;
}

/** Out of Piper's package, GPL-3, which is no part of Earshot. */
async function copyEspeak(target: string, signal: AbortSignal): Promise<void> {
  const python = await pythonWith("piper.txt", signal);
  const words = "import os, piper; print(os.path.dirname(piper.__file__))";
  const source = (await run([python, "-c", words], { signal, deadlineMs: 60_000 })).trim();
  await Deno.mkdir(`${target}/lang/gmw`, { recursive: true });
  for (const file of ESPEAK_FILES) {
    await Deno.copyFile(`${source}/espeak-ng-data/${file}`, `${target}/${file}`);
  }
}
