import type { SherpaKind } from "../sherpa_model.ts";
import type { OnnxHeader } from "./onnx_header.ts";
import type { TokenList } from "./token_list.ts";

/** Marks that a training toolkit adds at the end of a list; a model never says them. */
const DISAMBIGUATION = /^#\d+$/;
/** How base64 begins of Whisper's own marks, `<|`. */
const WHISPER_MARK = "PH";
/** The share of numbers without a token, or tokens without a number, that is no sign of another model. */
const SLACK = 0.001;
/** Moonshine reserves numbers that may have no token. */
const MOONSHINE_SLACK = 0.05;

/** The graphs of a model, by the part that each plays; those are missing that could not be read. */
export type Graphs = ReadonlyMap<string, OnnxHeader>;

/** Makes an error of what is wrong. */
type Refuse = (fault: string) => Error;

/** Throws where the graphs of a model are not of one model: then it recognizes nonsense, or fails at each utterance. */
export function requireSameModel(kind: SherpaKind, graphs: Graphs, refuse: Refuse): void {
  for (const [what, one, other] of sharedNumbers(kind, graphs)) {
    if (one === undefined || other === undefined || one === other) continue;
    throw refuse(
      `its files are of different models: ${what} is ${one} in one and ${other} in another; give those of one model`,
    );
  }
}

/** Throws where a list of tokens is not that of the model: then it writes other words than were said. */
export function requireVocabulary(
  kind: SherpaKind,
  { graphs, tokens: { tokens } }: { readonly graphs: Graphs; readonly tokens: TokenList },
  refuse: Refuse,
): void {
  const size = kind === "whisper" ? noted(graphs.get("encoder"), "eot") : vocabularyOf(kind, graphs);
  if (size === undefined) return;
  const extra = [...tokens].filter(([id, token]) => id >= size && !isMark(kind, token)).length;
  let missing = 0;
  for (let id = 0; id < size; id++) if (!tokens.has(id)) missing++;
  // The two lists of Whisper, with and without other languages than English, differ by one.
  const slack = kind === "whisper" ? 0 : size * (kind === "moonshine" ? MOONSHINE_SLACK : SLACK);
  if (extra <= slack && missing <= slack) return;
  throw refuse(
    `is another model's: it has ${tokens.size} tokens, and the model has ${size}; give the one that came with the model`,
  );
}

function isMark(kind: SherpaKind, token: string): boolean {
  return kind === "whisper" ? token.startsWith(WHISPER_MARK) : DISAMBIGUATION.test(token);
}

/** How many tokens a model has, by its graphs. */
function vocabularyOf(kind: SherpaKind, graphs: Graphs): number | undefined {
  switch (kind) {
    case "whisper":
      return noted(graphs.get("encoder"), "n_vocab");
    case "senseVoice":
    case "paraformer":
      return noted(graphs.get("model"), "vocab_size") ?? lastOf(graphs.get("model"), "logits");
    case "streamingParaformer":
      return noted(graphs.get("encoder"), "vocab_size") ?? lastOf(graphs.get("decoder"), "logits");
    case "zipformer":
      return noted(graphs.get("decoder"), "vocab_size") ?? lastOf(graphs.get("joiner"), "logit");
    case "moonshine":
      return lastOf(graphs.get("decoder"), "logits");
  }
}

/** Numbers that two files of one model have in common. */
function* sharedNumbers(
  kind: SherpaKind,
  graphs: Graphs,
): Generator<readonly [what: string, one: number | undefined, other: number | undefined]> {
  const [encoder, decoder] = [graphs.get("encoder"), graphs.get("decoder")];
  switch (kind) {
    case "whisper": {
      const cache = decoder?.inputs.get("in_n_layer_self_k_cache");
      yield ["the size of the vocabulary", noted(encoder, "n_vocab"), lastOf(decoder, "logits")];
      yield ["the number of layers", noted(encoder, "n_text_layer"), cache?.[0]];
      yield ["the width", noted(encoder, "n_text_state"), cache?.[3]];
      return;
    }
    case "moonshine":
      yield [
        "the width",
        lastOf(encoder, "last_hidden_state"),
        decoder?.inputs.get("encoder_hidden_states")?.at(-1),
      ];
      return;
    case "zipformer":
      yield [
        "the size of the vocabulary",
        noted(decoder, "vocab_size"),
        lastOf(graphs.get("joiner"), "logit"),
      ];
      return;
    case "streamingParaformer":
      yield [
        "the size of the vocabulary",
        noted(encoder, "vocab_size"),
        lastOf(decoder, "logits"),
      ];
      yield ["the width", noted(encoder, "encoder_output_size"), decoder?.inputs.get("enc")?.at(-1)];
      return;
    case "senseVoice":
    case "paraformer":
      // They are one file.
  }
}

function noted(header: OnnxHeader | undefined, name: string): number | undefined {
  const value = Number(header?.metadata.get(name) ?? NaN);
  return Number.isSafeInteger(value) ? value : undefined;
}

function lastOf(header: OnnxHeader | undefined, output: string): number | undefined {
  return header?.outputs.get(output)?.at(-1);
}
