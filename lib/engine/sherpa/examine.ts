import { EarshotError } from "../../errors/mod.ts";
import { SHERPA_KINDS, type SherpaKind } from "../sherpa_model.ts";
import { partOf } from "./graph_part.ts";
import { languagesOf, missingLetters, nameIn, spokenLanguage } from "./model_languages.ts";
import { type OnnxHeader, readOnnxFile } from "./onnx_header.ts";
import { readTokenList, type TokenList } from "./token_list.ts";
import { requireSameModel, requireVocabulary } from "./vocabulary.ts";

/** A model as its config has it. */
export interface ClaimedModel {
  /** Its name, for errors. */
  readonly name: string;
  /** What it is said to be. */
  readonly kind: SherpaKind;
  /** Its files by the part that each plays. */
  readonly files: Readonly<Record<string, string>>;
  /** The language of the speakers (BCP 47). */
  readonly language: string;
}

/** What is known of a model that is what it is said to be. */
export interface ExaminedModel {
  /** The language as the model itself names it. */
  readonly language: string;
  /** The languages that its metadata names; absent where there are none. */
  readonly languages?: readonly string[];
}

/**
 * Checks the files of a model against what the config says they are, and against each other: sherpa-onnx itself ends the
 * process for some faults, and for others it recognizes nothing or nonsense silently. Only heads of files are read.
 *
 * @throws {EarshotError} `model.unfit`, which says what is wrong and what would be right, or `asr.language`
 */
export async function examineModel(model: ClaimedModel): Promise<ExaminedModel> {
  const { name, kind, files } = model;
  const graphs = new Map<string, OnnxHeader>();
  for (const part of SHERPA_KINDS[kind].parts) {
    const path = files[part];
    if (path === undefined) throw unfit(name, `it has no ${part}, which ${kind} needs`);
    if (part === "tokens") continue;
    const header = readGraph(model, { part, path });
    if (header !== undefined) graphs.set(part, header);
  }
  const tokens = await readTokens(model);
  requireSameModel(kind, graphs, (fault) => unfit(name, fault));
  requireVocabulary(kind, { graphs, tokens }, (fault) => unfit(name, `${files["tokens"]} ${fault}`));
  const first = graphs.get(kind === "whisper" ? "encoder" : "model");
  const languages = first && languagesOf(kind, first);
  return { language: requireLanguage(model, { languages, tokens }), ...(languages && { languages }) };
}

function readGraph(
  { name, kind }: ClaimedModel,
  { part, path }: { readonly part: string; readonly path: string },
): OnnxHeader | undefined {
  const file = readOnnxFile(path);
  if (file.type === "ort") return undefined;
  if (file.type === "other") throw unfit(name, `${path} is ${file.looksLike}, and not its ${part}`);
  const found = partOf(file.header);
  if (found === undefined || (found.kind === kind && found.part === part)) return file.header;
  throw unfit(name, `${path} is ${found.name}${remedyFor({ kind, part }, found)}`);
}

function remedyFor(
  wanted: { readonly kind: SherpaKind; readonly part: string },
  found: { readonly kind?: SherpaKind; readonly part?: string },
): string {
  if (found.kind === wanted.kind) {
    return `, and not its ${wanted.part}: give it as ${found.part} in models.custom, and as ${wanted.part} the file that is that`;
  }
  if (found.kind === undefined) return `, and not the ${wanted.part} of kind ${wanted.kind}`;
  return `, where asr.sherpa.kind says ${wanted.kind}: set kind: ${found.kind}, or give the files of a ${wanted.kind} model`;
}

async function readTokens({ name, kind, files: { tokens: path = "" } }: ClaimedModel): Promise<TokenList> {
  const list = await readTokenList(path);
  if (list === undefined) {
    throw unfit(name, `${path} is no list of tokens, which has a token and its number in each line`);
  }
  const wantsBase64 = kind === "whisper" || kind === "moonshine";
  if (wantsBase64 && !list.base64) {
    throw unfit(name, `${path} is another model's: the tokens of ${kind} are written in base64`);
  }
  return list;
}

function requireLanguage(
  { name, language }: ClaimedModel,
  { languages, tokens }: { readonly languages: readonly string[] | undefined; readonly tokens: TokenList },
): string {
  if (languages !== undefined) {
    const known = nameIn(languages, language);
    if (known !== undefined) return known;
    throw new EarshotError(
      "asr.language",
      `Cannot recognize ${language} with ${name}: it hears ${languages.toSorted().join(", ")}`,
    );
  }
  const letters = missingLetters(tokens, language);
  if (letters === undefined) return spokenLanguage(language);
  throw new EarshotError(
    "asr.language",
    `Cannot recognize ${language} with ${name}: its tokens have no ${letters}, so it cannot write that language`,
  );
}

function unfit(name: string, fault: string): EarshotError {
  return new EarshotError("model.unfit", `Cannot use ${name}: ${fault}`);
}
