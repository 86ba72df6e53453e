import { EarshotError } from "../../../errors/mod.ts";
import { type Clock, raceSignal } from "../../../lifecycle/mod.ts";
import { type MusicName, nameOf } from "./music_names.ts";

/** How many files are known at most, */
const MOST_FILES = 10_000;
/** how many entries of folders are looked at for them, */
const MOST_ENTRIES = 100_000;
/** and how deep, below the folder itself. */
const MOST_DEPTH = 4;
/** After how long it is looked again, in ms. */
const RESCAN_MS = 60_000;

const MUSIC = /\.(?:mp3|wav|ogg|opus)$/i;

/** A file of music. */
export interface MusicFile extends MusicName {
  /** Where it is, without a link in it. */
  readonly path: string;
}

/** What is known of a folder. */
export interface MusicFolderStats {
  readonly files: number;
  /** Entries that were left out: links out of the folder, what cannot be read, and what is beyond a bound. */
  readonly skipped: number;
}

/** Options of a {@linkcode MusicFolder}. */
export interface MusicFolderOptions {
  readonly folder: string;
  readonly clock: Clock;
}

/** The music in a folder: looked for when somebody asks, and again after a minute. */
export class MusicFolder {
  readonly #options: MusicFolderOptions;
  readonly #closed = new AbortController();
  #scan: { readonly files: Promise<readonly MusicFile[]>; readonly atMs: number } | undefined;
  #stats: MusicFolderStats = { files: 0, skipped: 0 };

  /** Looks at nothing yet. */
  constructor(options: MusicFolderOptions) {
    this.#options = options;
  }

  /** What was found when it was looked last. */
  get stats(): MusicFolderStats {
    return this.#stats;
  }

  /**
   * All there is, by path.
   *
   * @throws {EarshotError} `tool.unavailable` where the folder cannot be read, `canceled`
   */
  async files(signal: AbortSignal): Promise<readonly MusicFile[]> {
    const nowMs = this.#options.clock.nowMs();
    if (this.#scan === undefined || nowMs - this.#scan.atMs >= RESCAN_MS) {
      const files = this.#look();
      const scan = this.#scan = { files, atMs: nowMs };
      files.catch(() => {
        if (this.#scan === scan) this.#scan = undefined; // the next one looks again
      });
    }
    return await raceSignal(this.#scan.files, signal);
  }

  /**
   * Where a file is now, once more: it may have become a link since.
   *
   * @throws {EarshotError} `tool.music`
   */
  async pathOf({ path }: MusicFile): Promise<string> {
    const found = await insideOf(await this.#root(), path).catch(() => undefined);
    if (found !== undefined) return found;
    throw new EarshotError("tool.music", "Cannot play music: its file is gone, or leads out of the folder");
  }

  /** Looks no more. May be called twice. */
  close(): void {
    this.#closed.abort(new EarshotError("canceled", "Cannot look for music: the folder was closed"));
  }

  async #root(): Promise<string> {
    try {
      return await Deno.realPath(this.#options.folder);
    } catch (cause) {
      throw new EarshotError("tool.unavailable", "Cannot look for music: its folder cannot be read", {
        cause,
      });
    }
  }

  async #look(): Promise<readonly MusicFile[]> {
    const root = await this.#root();
    const found: MusicFile[] = [];
    let [looked, skipped] = [0, 0];
    /** The folders that are left, each with its path below the root: breadth first. */
    const left: { readonly dir: string; readonly names: readonly string[] }[] = [{ dir: root, names: [] }];
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { dir, names } = next;
      try {
        for await (const { name, isFile, isDirectory, isSymlink } of Deno.readDir(dir)) {
          this.#closed.signal.throwIfAborted();
          if (++looked > MOST_ENTRIES || found.length >= MOST_FILES) {
            skipped++;
            break;
          }
          const path = `${dir}/${name}`;
          if (name.startsWith(".")) continue; // what other systems write beside the files too
          // A folder is not gone into by a link, which may lead round in a circle.
          if (isDirectory && names.length < MOST_DEPTH) left.push({ dir: path, names: [...names, name] });
          if (!MUSIC.test(name) || !(isFile || isSymlink)) continue;
          const real = isFile ? path : await insideOf(root, path).catch(() => undefined);
          if (real === undefined) skipped++;
          else found.push({ path: real, ...nameOf(name.replace(MUSIC, ""), names) });
        }
      } catch (thrown) {
        this.#closed.signal.throwIfAborted();
        if (dir === root) {
          const state = "Cannot look for music: its folder cannot be read";
          throw new EarshotError("tool.unavailable", state, { cause: thrown });
        }
        skipped++;
      }
    }
    this.#stats = { files: found.length, skipped };
    return found.sort((one, other) => one.path < other.path ? -1 : one.path > other.path ? 1 : 0);
  }
}

/** Where a path leads, if that is a plain file below `root`. */
async function insideOf(root: string, path: string): Promise<string | undefined> {
  const real = await Deno.realPath(path);
  if (!real.startsWith(root.endsWith("/") ? root : `${root}/`)) return undefined;
  return (await Deno.stat(real)).isFile ? real : undefined;
}
