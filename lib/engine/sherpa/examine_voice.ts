import { EarshotError } from "../../errors/mod.ts";
import { VOICE_KINDS, type VoiceFiles, type VoiceKind, type VoicePart } from "../sherpa_voice.ts";
import { type OnnxHeader, readOnnxFile } from "./onnx_header.ts";
import { readTokenList, type TokenList } from "./token_list.ts";
import { readVoiceDirectory, type VoiceDirectory } from "./voice_directory.ts";
import { NEEDED_METADATA, type VoiceGraph, voiceGraphOf } from "./voice_graph.ts";
import { sampleOf } from "./voice_sample.ts";

/** A voice as its config has it. */
export interface ClaimedVoice {
  /** Its name, for errors. */
  readonly name: string;
  /** Where its files lie. */
  readonly dir: string;
  /** What it is said to be, where that is said. */
  readonly kind?: VoiceKind | undefined;
  /** Who of it is to speak, by number or by name. */
  readonly speaker?: number | string | undefined;
}

/** What is known of a voice that can be tried. */
export interface ExaminedVoice {
  readonly kind: VoiceKind;
  readonly files: VoiceFiles;
  /** Who speaks, by number. */
  readonly speaker: number;
  /** Words that it can say. */
  readonly sample: string;
}

/** A graph of a voice. */
interface FoundGraph {
  readonly path: string;
  readonly header: OnnxHeader;
  readonly graph: VoiceGraph;
}

/**
 * Finds out what the voice in a directory is, and whether all of it is there: sherpa-onnx itself ends the process for most
 * faults. Only heads of files are read.
 *
 * @throws {EarshotError} `model.unfit`, which says what is wrong and what would be right, or `model.missing`
 */
export async function examineVoice(voice: ClaimedVoice): Promise<ExaminedVoice> {
  const { name, dir } = voice;
  const refuse = (fault: string) => new EarshotError("model.unfit", `Cannot use ${name}: ${fault}`);
  const found = await readVoiceDirectory(dir, name);
  if (found.graphs.length === 0) {
    throw refuse(`${dir} has no .onnx file; give the directory that the publisher's archive unpacks to`);
  }
  const graphs = found.graphs.map((path) => readGraph(path, refuse));
  const model = modelOf(graphs, voice, refuse);
  const { kind, header: { metadata } } = model;
  const missing = NEEDED_METADATA[kind].filter((key) => !metadata.has(key));
  if (missing.length > 0) {
    throw refuse(
      `${model.path} has no ${
        missing.join(", ")
      } in its metadata, which sherpa-onnx needs: take the one that its ` +
        "own project has converted",
    );
  }
  const vocoder = graphs.find(({ graph }) => graph.type === "part" && graph.part === "vocoder")?.path;
  const parts = { model: model.path, vocoder, voices: found.voices };
  const files = filesOf({ kind, parts, found, dir }, refuse);
  const tokens = await tokensOf(files, kind, refuse);
  requireFrontend({ kind, files, metadata, dir }, refuse);
  await requireStyles({ kind, files, metadata }, refuse);
  const speaker = speakerOf(voice.speaker, metadata, refuse);
  return { kind, files, speaker, sample: await sampleOf({ files, tokens, metadata }) };
}

type Refuse = (fault: string) => EarshotError;

function readGraph(path: string, refuse: Refuse): FoundGraph {
  const file = readOnnxFile(path);
  if (file.type === "graph") return { path, header: file.header, graph: voiceGraphOf(file.header) };
  throw refuse(
    file.type === "ort"
      ? `${path} is in ONNX Runtime's own format: give the .onnx file that it was made of`
      : `${path} is ${file.looksLike}: fetch it again`,
  );
}

function modelOf(
  graphs: readonly FoundGraph[],
  { kind: claimed, dir }: ClaimedVoice,
  refuse: Refuse,
): FoundGraph & { readonly kind: VoiceKind } {
  for (const found of graphs) {
    const { graph } = found;
    if (graph.type !== "part" || graph.part !== "model") continue;
    if (claimed === undefined || claimed === graph.kind) return { ...found, kind: graph.kind };
    throw refuse(`${found.path} is a ${graph.kind} voice: set kind: ${graph.kind}, or leave kind out`);
  }
  const [first] = graphs;
  if (first === undefined) throw refuse(`${dir} has no .onnx file`);
  if (first.graph.type === "part") throw refuse(`${dir} has a vocoder and no voice that goes with it`);
  // Whoever says what it is may know better than its metadata, as long as that has what is needed.
  const needed = claimed === undefined ? undefined : NEEDED_METADATA[claimed];
  if (claimed !== undefined && needed?.every((key) => first.header.metadata.has(key)) === true) {
    return { ...first, kind: claimed };
  }
  throw refuse(`${first.path} is ${first.graph.name}`);
}

function filesOf(
  { kind, parts, found, dir }: {
    readonly kind: VoiceKind;
    readonly parts: Readonly<Partial<Record<VoicePart, string | undefined>>>;
    readonly found: VoiceDirectory;
    readonly dir: string;
  },
  refuse: Refuse,
): VoiceFiles {
  const { tokens, espeakDir, lexicons, rules } = found;
  if (tokens === undefined) throw refuse(`${dir} has no tokens.txt, which comes with the voice`);
  const used: Partial<Record<VoicePart, string>> = {};
  for (const part of VOICE_KINDS[kind].parts) {
    const path = parts[part];
    if (path === undefined) throw refuse(`${dir} has no ${PART_NAMES[part]}, which a ${kind} voice needs`);
    used[part] = path;
  }
  return { tokens, parts: used, lexicons, rules, ...(espeakDir !== undefined && { espeakDir }) };
}

const PART_NAMES: Readonly<Record<VoicePart, string>> = {
  model: "model",
  vocoder: "vocoder (such as vocos-22khz-univ.onnx, which sherpa-onnx's project publishes by itself)",
  voices: "voices.bin",
};

async function tokensOf({ tokens: path }: VoiceFiles, kind: VoiceKind, refuse: Refuse): Promise<TokenList> {
  const list = await readTokenList(path);
  if (list === undefined) {
    throw refuse(`${path} is no list of tokens, which has a token and its number in each line`);
  }
  // sherpa-onnx ends the process.
  const isPhonemes = kind === "kokoro" || kind === "kitten";
  const long = isPhonemes ? list.tokens.values().find((token) => [...token].length !== 1) : undefined;
  if (long !== undefined) {
    throw refuse(`${path} is another model's: a token of a ${kind} voice is one character`);
  }
  return list;
}

/** What turns text into tokens. */
function requireFrontend(
  { kind, files: { espeakDir, lexicons }, metadata, dir }: {
    readonly kind: VoiceKind;
    readonly files: VoiceFiles;
    readonly metadata: ReadonlyMap<string, string>;
    readonly dir: string;
  },
  refuse: Refuse,
): void {
  if (espeakDir === undefined && VOICE_KINDS[kind].needsEspeak) {
    throw refuse(`${dir} has no espeak-ng-data, or not all of it, which a ${kind} voice needs`);
  }
  const needsLexicon = kind === "kokoro" && Number(metadata.get("version") ?? 1) >= 2;
  if (needsLexicon && lexicons.length === 0) {
    throw refuse(`${dir} has no lexicon, such as lexicon-zh.txt, which a Kokoro of several languages needs`);
  }
  const spells = metadata.get("frontend") === "characters";
  if (espeakDir === undefined && lexicons.length === 0 && !spells) {
    throw refuse(
      `${dir} has neither a lexicon.txt nor the whole of espeak-ng-data, so it cannot read a word`,
    );
  }
}

/** How each speaker sounds is a row of numbers, and there must be as many as the metadata says. */
async function requireStyles(
  { kind, files: { parts: { voices } }, metadata }: {
    readonly kind: VoiceKind;
    readonly files: VoiceFiles;
    readonly metadata: ReadonlyMap<string, string>;
  },
  refuse: Refuse,
): Promise<void> {
  if (voices === undefined) return;
  const rows = (metadata.get("style_dim") ?? "").split(",").map(Number);
  if (rows.length !== (kind === "kokoro" ? 3 : 2)) {
    throw refuse("its metadata has another style_dim than its kind");
  }
  const wanted = rows.reduce((size, row) => size * row, 4 * Number(metadata.get("n_speakers")));
  const { size } = await Deno.stat(voices);
  if (size === wanted) return;
  throw refuse(
    `${voices} has ${size} bytes, and its model needs ${wanted}: fetch it again, or give the one of the model`,
  );
}

function speakerOf(
  claimed: number | string | undefined,
  metadata: ReadonlyMap<string, string>,
  refuse: Refuse,
): number {
  const speakers = Math.max(1, Number(metadata.get("n_speakers")) || 1);
  if (claimed === undefined) return 0;
  if (typeof claimed === "number") {
    if (claimed < speakers) return claimed;
    throw refuse(`it has no speaker ${claimed}: give 0${speakers > 1 ? ` to ${speakers - 1}` : ""}`);
  }
  const names = (metadata.get("speaker_names") ?? "").split(",").filter((name) => name !== "");
  const index = names.indexOf(claimed);
  if (index >= 0 && index < speakers) return index;
  throw refuse(
    names.length === 0
      ? `its speakers have no names: give speaker a number, 0 to ${speakers - 1}`
      : `it has no speaker ${claimed}: give one of ${names.join(", ")}`,
  );
}
