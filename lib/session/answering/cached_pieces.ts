import type { Packets, SpeechCache, Voice } from "../../tts/mod.ts";

/** Keeps the packets of a piece that was spoken by these voices. */
export type PieceKeeper = (packets: Packets, voices: ReadonlySet<string>) => void;

/** The pieces of an answer that were spoken before, by the text that is spoken. */
export interface CachedPieces {
  /** The packets of a piece, which play by themselves. */
  readonly find: (text: string) => Packets | undefined;
  /** What keeps a piece that is spoken now; taken when it begins. `undefined` where it cannot be kept. */
  readonly keeper: (text: string) => PieceKeeper | undefined;
}

/** How an answer is spoken. */
export interface CachedPiecesOptions {
  readonly voice: Pick<Voice, "memberFor" | "printOf">;
  readonly frameMs: number;
  /** The language (BCP 47) in which a text is spoken. */
  readonly languageFor: (text: string) => string;
}

/** The pieces of an answer in a cache. Only the voice that would speak a piece now counts: an answer has one voice. */
export function cachedPieces(
  cache: Pick<SpeechCache, "piece" | "keeper">,
  { voice, frameMs, languageFor }: CachedPiecesOptions,
): CachedPieces {
  const keyOf = (text: string) => {
    const language = languageFor(text);
    const print = voice.memberFor(language)?.print;
    return print === undefined ? undefined : { print, frameMs, language, text };
  };
  return {
    find: (text) => {
      const key = keyOf(text);
      return key && cache.piece(key);
    },
    keeper: (text) => {
      const key = keyOf(text);
      if (key === undefined) return undefined;
      const keep = cache.keeper(key);
      return (packets, voices) => {
        // Another one may have taken over.
        if ([...voices].every((name) => voice.printOf(name) === key.print)) keep(packets);
      };
    },
  };
}
