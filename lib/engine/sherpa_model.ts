/** The kinds of models that sherpa-onnx runs here: how each listens, and the files that it is made of. */
export const SHERPA_KINDS = {
  senseVoice: { streaming: false, parts: ["model", "tokens"] },
  paraformer: { streaming: false, parts: ["model", "tokens"] },
  whisper: { streaming: false, parts: ["encoder", "decoder", "tokens"] },
  moonshine: { streaming: false, parts: ["encoder", "decoder", "tokens"] },
  zipformer: { streaming: true, parts: ["encoder", "decoder", "joiner", "tokens"] },
  streamingParaformer: { streaming: true, parts: ["encoder", "decoder", "tokens"] },
} as const satisfies Readonly<
  Record<string, { readonly streaming: boolean; readonly parts: readonly string[] }>
>;

/** A name of {@linkcode SHERPA_KINDS}. */
export type SherpaKind = keyof typeof SHERPA_KINDS;

/** The kinds, as a config lists them. */
export const SHERPA_KIND_NAMES = [
  "senseVoice",
  "paraformer",
  "whisper",
  "moonshine",
  "zipformer",
  "streamingParaformer",
] as const satisfies readonly SherpaKind[];

/** A model that the user brought. */
export interface SherpaModel {
  /** What it is. */
  readonly kind: SherpaKind;
  /** Its verified files by the part that each plays; those that its kind names must be there. */
  readonly files: Readonly<Record<string, string>>;
  /** How many threads one recognition may use. */
  readonly threads: number;
  /** sherpa-onnx's addon, verified, with its libraries beside it; without it Deno's package of it is loaded. */
  readonly addonPath?: string;
  /** The language of the speakers (BCP 47, or the model's own name for it), for kinds that take it. */
  readonly language: string;
  /** Whether the list of tokens is one that `wrapTokens` has made, whose text is made here. */
  readonly wrappedTokens?: boolean;
}

/** Whether it listens while the user speaks. */
export function isStreaming({ kind }: Pick<SherpaModel, "kind">): boolean {
  return SHERPA_KINDS[kind].streaming;
}
