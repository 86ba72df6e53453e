import type { SherpaKind } from "../sherpa_model.ts";
import type { OnnxHeader } from "./onnx_header.ts";

/** What a graph is, by the names of its inputs and outputs. */
export interface GraphPart {
  /** The kind of model that it is of; none of ours if it is absent. */
  readonly kind?: SherpaKind;
  /** The part that it plays there. */
  readonly part?: string;
  /** What it is, in words. */
  readonly name: string;
}

interface Rule extends GraphPart {
  readonly fits: (names: Names) => boolean;
}

/** The names of a graph. */
interface Names {
  /** Whether it takes all of these. */
  readonly takes: (...names: string[]) => boolean;
  /** Whether it gives all of these. */
  readonly gives: (...names: string[]) => boolean;
  /** Whether its maker noted all of these. */
  readonly notes: (...names: string[]) => boolean;
  /** How much it takes. */
  readonly inputs: number;
}

/** The first rule that fits counts. The names are those of sherpa-onnx's own export scripts. */
const RULES: readonly Rule[] = [
  {
    kind: "whisper",
    part: "encoder",
    name: "the encoder of a Whisper model",
    fits: ({ gives }) => gives("n_layer_cross_k", "n_layer_cross_v"),
  },
  {
    kind: "whisper",
    part: "decoder",
    name: "the decoder of a Whisper model",
    fits: ({ takes }) => takes("in_n_layer_self_k_cache"),
  },
  {
    name: "an encoder out of Hugging Face's own export, which sherpa-onnx does not take",
    fits: ({ takes, gives }) => takes("input_features") && gives("last_hidden_state"),
  },
  {
    kind: "moonshine",
    part: "encoder",
    name: "the encoder of a Moonshine model",
    fits: ({ takes, gives }) => takes("input_values") && gives("last_hidden_state"),
  },
  {
    kind: "moonshine",
    part: "decoder",
    name: "the merged decoder of a Moonshine model",
    fits: ({ takes }) => takes("input_ids", "encoder_hidden_states", "use_cache_branch"),
  },
  {
    kind: "senseVoice",
    part: "model",
    name: "a SenseVoice model",
    fits: ({ takes, notes }) => takes("language", "text_norm") || notes("with_itn", "lang_zh"),
  },
  {
    kind: "streamingParaformer",
    part: "encoder",
    name: "the encoder of a streaming Paraformer",
    fits: ({ gives, notes }) => gives("alphas") || notes("encoder_output_size", "decoder_num_blocks"),
  },
  {
    kind: "streamingParaformer",
    part: "decoder",
    name: "the decoder of a streaming Paraformer",
    fits: ({ takes }) => takes("acoustic_embeds"),
  },
  {
    kind: "paraformer",
    part: "model",
    name: "an offline Paraformer",
    fits: ({ takes, gives }) => takes("speech", "speech_lengths") && gives("token_num"),
  },
  {
    kind: "zipformer",
    part: "joiner",
    name: "the joiner of a transducer",
    fits: ({ takes, gives }) => takes("encoder_out", "decoder_out") && gives("logit"),
  },
  {
    kind: "zipformer",
    part: "decoder",
    name: "the decoder of a transducer",
    fits: ({ takes, gives }) => takes("y") && gives("decoder_out"),
  },
  {
    name: "the encoder of an offline transducer, where Earshot takes streaming ones",
    fits: ({ takes, gives, inputs }) => takes("x", "x_lens") && gives("encoder_out") && inputs === 2,
  },
  {
    kind: "zipformer",
    part: "encoder",
    name: "the encoder of a streaming transducer",
    fits: ({ takes, gives, inputs }) => takes("x") && gives("encoder_out") && inputs > 2,
  },
  {
    name: "a CTC model, which no kind here takes",
    fits: ({ gives }) => gives("log_probs") || gives("logprobs"),
  },
  { name: "a detector of speech", fits: ({ takes, gives }) => takes("input", "sr") && gives("stateN") },
];

/** What a graph is; `undefined` where its names do not show it. */
export function partOf({ inputs, outputs, metadata }: OnnxHeader): GraphPart | undefined {
  const names: Names = {
    takes: (...wanted) => wanted.every((name) => inputs.has(name)),
    gives: (...wanted) => wanted.every((name) => outputs.has(name)),
    notes: (...wanted) => wanted.every((name) => metadata.has(name)),
    inputs: inputs.size,
  };
  return RULES.find(({ fits }) => fits(names));
}
