import { join } from "node:path";
import { getLogger } from "@logtape/logtape";
import {
  OggOpusMuxer,
  opusPacketDurationMs,
  readOpusPackets,
  SPEECH_SAMPLE_RATE_HZ,
} from "../../audio/mod.ts";
import { writeWhole } from "../../files/mod.ts";
import type { Packets } from "./packets.ts";

/** The files that are ours. */
const FILE = /^[0-9a-f]{64}\.opus$/;
/** What was being written when a process ended. */
const DRAFT = /^[0-9a-f]{64}\.opus\.[0-9a-f-]{36}\.part$/;
/** More than three minutes of sound: no sentence. */
const MAX_FILE_BYTES = 1_048_576;
const PAGE_MS = 1_000;

const logger = getLogger(["earshot", "tts"]);

/** What the files hold and have counted. */
export interface PacketFilesStats {
  readonly bytes: number;
  /** Files that went for want of room. */
  readonly evicted: number;
  /** Files that were damaged, and removed. */
  readonly damaged: number;
  /** Files that could not be written. */
  readonly unwritten: number;
}

/** Options of {@linkcode PacketFiles}. */
export interface PacketFilesOptions {
  /** Their directory; made with the first file. */
  readonly dir: string;
  /** What they may take together. */
  readonly maxBytes: number;
}

/**
 * Sounds on the disk, an Ogg Opus file each, within so many bytes: what was not played for the longest is removed. A file
 * that is damaged or cannot be read counts as absent. Nothing here rejects.
 */
export class PacketFiles {
  readonly #options: PacketFilesOptions;
  /** The size of each file, as they were played last, the newest last; read with the first call. */
  #sizes: Promise<Map<string, number>> | undefined;
  #bytes = 0;
  #evicted = 0;
  #damaged = 0;
  #unwritten = 0;

  /** Looks at nothing yet. */
  constructor(options: PacketFilesOptions) {
    this.#options = options;
  }

  /** What they hold and have counted; nothing before the first call. */
  get stats(): PacketFilesStats {
    return {
      bytes: this.#bytes,
      evicted: this.#evicted,
      damaged: this.#damaged,
      unwritten: this.#unwritten,
    };
  }

  /** The sound of that name, whose packets are so long each. */
  async read(name: string, frameMs: number): Promise<Packets | undefined> {
    const sizes = await this.#known();
    const sizeBytes = sizes.get(name);
    if (sizeBytes === undefined) return undefined;
    const path = this.#path(name);
    try {
      if (sizeBytes > MAX_FILE_BYTES) throw new RangeError("it is too large");
      const packets = await readOpusPackets(await Deno.readFile(path));
      if (packets.length === 0 || packets.some((packet) => opusPacketDurationMs(packet) !== frameMs)) {
        throw new RangeError("its packets are of another length");
      }
      sizes.delete(name);
      sizes.set(name, sizeBytes);
      // So that the next process knows as well.
      await Deno.utime(path, new Date(), new Date()).catch(() => {});
      return packets;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) this.#damaged++;
      await this.#remove(sizes, name);
      return undefined;
    }
  }

  /** Keeps a sound, whose packets are so long each. */
  async write(name: string, packets: Packets, frameMs: number): Promise<void> {
    const sizes = await this.#known();
    const file = fileOf(packets, frameMs);
    const { maxBytes } = this.#options;
    if (file.length > Math.min(maxBytes, MAX_FILE_BYTES)) {
      this.#evicted++;
      return;
    }
    try {
      await writeWhole(this.#path(name), file);
    } catch (error) {
      this.#unwritten++;
      const reason = error instanceof Error ? error.name : String(error);
      logger.warn("A sentence cannot be kept in {path}: {reason}", { path: this.#options.dir, reason });
      return;
    }
    this.#bytes += file.length - (sizes.get(name) ?? 0);
    sizes.delete(name);
    sizes.set(name, file.length);
    await this.#bound(sizes);
  }

  #path(name: string): string {
    return join(this.#options.dir, `${name}.opus`);
  }

  #known(): Promise<Map<string, number>> {
    return this.#sizes ??= this.#look();
  }

  async #look(): Promise<Map<string, number>> {
    const { dir } = this.#options;
    const found: { readonly name: string; readonly sizeBytes: number; readonly playedMs: number }[] = [];
    try {
      for await (const { name: file } of Deno.readDir(dir)) {
        if (DRAFT.test(file)) await Deno.remove(join(dir, file)).catch(() => {});
        if (!FILE.test(file)) continue;
        const { size, mtime } = await Deno.stat(join(dir, file));
        found.push({
          name: file.slice(0, -".opus".length),
          sizeBytes: size,
          playedMs: mtime?.getTime() ?? 0,
        });
      }
    } catch {
      // There is none yet, or none that can be looked at: what is found counts.
    }
    found.sort((one, other) => one.playedMs - other.playedMs);
    const sizes = new Map(found.map(({ name, sizeBytes }) => [name, sizeBytes]));
    this.#bytes = found.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    await this.#bound(sizes);
    return sizes;
  }

  async #bound(sizes: Map<string, number>): Promise<void> {
    for (const oldest of sizes.keys()) {
      if (this.#bytes <= this.#options.maxBytes) return;
      this.#evicted++;
      await this.#remove(sizes, oldest);
    }
  }

  async #remove(sizes: Map<string, number>, name: string): Promise<void> {
    this.#bytes -= sizes.get(name) ?? 0;
    sizes.delete(name);
    await Deno.remove(this.#path(name)).catch(() => {});
  }
}

/** The packets as a file that any player plays. */
function fileOf(packets: Packets, frameMs: number): Uint8Array {
  const muxer = new OggOpusMuxer({ pageMs: PAGE_MS });
  const pages = [muxer.head(SPEECH_SAMPLE_RATE_HZ)];
  for (const packet of packets) {
    const page = muxer.push(packet, frameMs);
    if (page !== undefined) pages.push(page);
  }
  pages.push(muxer.end());
  const file = new Uint8Array(pages.reduce((sum, page) => sum + page.length, 0));
  let at = 0;
  for (const page of pages) {
    file.set(page, at);
    at += page.length;
  }
  return file;
}
