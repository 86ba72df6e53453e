import { PacketFiles, type PacketFilesOptions, type PacketFilesStats } from "./packet_files.ts";
import { PacketMemory } from "./packet_memory.ts";
import { nameOf, type Packets, type SpeechKey } from "./packets.ts";

/** What is spoken: pieces of answers, in memory alone, and fixed sentences, on the disk as well. */
export type CachedKind = "piece" | "sentence";

/** What was looked for. */
export interface Lookups {
  readonly hits: number;
  readonly misses: number;
}

/** What the cache holds and has counted. */
export interface SpeechCacheStats {
  readonly lookups: Readonly<Record<CachedKind, Lookups>>;
  readonly memory: { readonly bytes: number; readonly evicted: number };
  readonly disk: PacketFilesStats;
}

/** Options of a {@linkcode SpeechCache}. */
export interface SpeechCacheOptions {
  /** What it may hold in memory. */
  readonly maxBytes: number;
  /** Where fixed sentences are kept; without it in memory alone. */
  readonly disk?: PacketFilesOptions | undefined;
}

const NO_FILES: PacketFilesStats = { bytes: 0, evicted: 0, damaged: 0, unwritten: 0 };

/**
 * What was spoken before, as packets that play by themselves. Pieces of answers are what somebody was told: they are in
 * memory alone, and go with {@linkcode SpeechCache.dropPieces}. Names are hashes; the words are not held.
 */
export class SpeechCache {
  readonly #memory: PacketMemory;
  readonly #files: PacketFiles | undefined;
  readonly #lookups = { piece: { hits: 0, misses: 0 }, sentence: { hits: 0, misses: 0 } };
  /** Counts up with each drop. */
  #drops = 0;

  /** Holds nothing yet. */
  constructor({ maxBytes, disk }: SpeechCacheOptions) {
    this.#memory = new PacketMemory(maxBytes);
    this.#files = disk && new PacketFiles(disk);
  }

  /** What it holds and has counted. */
  get stats(): SpeechCacheStats {
    const { piece, sentence } = this.#lookups;
    return {
      lookups: { piece: { ...piece }, sentence: { ...sentence } },
      memory: this.#memory.stats,
      disk: this.#files?.stats ?? NO_FILES,
    };
  }

  /** A piece of an answer that was spoken before. */
  piece(key: SpeechKey): Packets | undefined {
    return this.#count("piece", this.#memory.get(nameOf(key)));
  }

  /** Keeps a piece once it is spoken: call this when it begins; a drop in between counts. */
  keeper(key: SpeechKey): (packets: Packets) => void {
    const drops = this.#drops;
    return (packets) => {
      if (this.#drops === drops && packets.length > 0) {
        this.#memory.set(nameOf(key), packets, { isPiece: true });
      }
    };
  }

  /** A fixed sentence, from the memory or the disk. Never rejects. */
  async sentence(key: SpeechKey): Promise<Packets | undefined> {
    const name = nameOf(key);
    const known = this.#memory.get(name);
    if (known !== undefined) return this.#count("sentence", known);
    const read = await this.#files?.read(name, key.frameMs);
    if (read !== undefined) this.#memory.set(name, read, { isPiece: false });
    return this.#count("sentence", read);
  }

  /** Keeps a fixed sentence. Resolves once it is on the disk, or cannot be; never rejects. */
  async keepSentence(key: SpeechKey, packets: Packets): Promise<void> {
    const name = nameOf(key);
    this.#memory.set(name, packets, { isPiece: false });
    await this.#files?.write(name, packets, key.frameMs);
  }

  /**
   * Lets go of every piece of every answer, those on their way included: somebody wants to be forgotten, and whose pieces
   * they are is not known.
   */
  dropPieces(): void {
    this.#drops++;
    this.#memory.dropPieces();
  }

  #count(kind: CachedKind, found: Packets | undefined): Packets | undefined {
    this.#lookups[kind][found === undefined ? "misses" : "hits"]++;
    return found;
  }
}
