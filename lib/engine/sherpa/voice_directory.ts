import { join } from "node:path";
import { EarshotError } from "../../errors/mod.ts";
import type { VoiceFiles } from "../sherpa_voice.ts";

/** What is in the directory of a voice, as sherpa-onnx's project names it there. */
export interface VoiceDirectory extends Omit<VoiceFiles, "tokens" | "parts"> {
  /** The graphs, those of full precision first: int8 is slower on most processors. */
  readonly graphs: readonly string[];
  readonly tokens?: string;
  /** The table of speakers. */
  readonly voices?: string;
}

/** What eSpeak NG cannot do without. */
const ESPEAK_FILES = ["phontab", "phonindex", "phondata", "intonations"];
/** Telephone numbers and dates before the numbers that they are made of, and all other rules after those. */
const RULE_ORDER = ["phone", "date", "number"];

/** Looks into a directory. Throws `model.missing` where there is none. */
export async function readVoiceDirectory(dir: string, name: string): Promise<VoiceDirectory> {
  const files: string[] = [];
  let espeakDir: string | undefined;
  try {
    for await (const { name } of Deno.readDir(dir)) files.push(name);
    if (files.includes("espeak-ng-data") && await isWhole(join(dir, "espeak-ng-data"))) {
      espeakDir = join(dir, "espeak-ng-data");
    }
  } catch (cause) {
    throw new EarshotError(
      "model.missing",
      `Cannot load ${name}: there is no directory ${dir} that can be read`,
      {
        cause,
      },
    );
  }
  const named = (pattern: RegExp) => files.filter((file) => pattern.test(file)).sort();
  const path = (file: string) => join(dir, file);
  const american = files.includes("lexicon-us-en.txt");
  return {
    graphs: named(/\.onnx$/).sort((one, other) => Number(isSmall(one)) - Number(isSmall(other))).map(path),
    lexicons: named(/^lexicon.*\.txt$/).filter((file) => !(american && file === "lexicon-gb-en.txt")).map(
      path,
    ),
    rules: named(/\.fst$/).sort((one, other) => rankOf(one) - rankOf(other)).map(path),
    ...(espeakDir !== undefined && { espeakDir }),
    ...(files.includes("tokens.txt") && { tokens: path("tokens.txt") }),
    ...(files.includes("voices.bin") && { voices: path("voices.bin") }),
  };
}

async function isWhole(espeakDir: string): Promise<boolean> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(espeakDir)) found.push(name);
  return ESPEAK_FILES.every((file) => found.includes(file));
}

function isSmall(file: string): boolean {
  return /int8|fp16/.test(file);
}

function rankOf(file: string): number {
  const rank = RULE_ORDER.findIndex((rule) => file.startsWith(rule));
  return rank < 0 ? RULE_ORDER.length : rank;
}
