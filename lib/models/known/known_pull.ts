import { join } from "node:path";
import { EarshotError } from "../../errors/mod.ts";
import { HttpClient, type PeerTrust } from "../../net/mod.ts";
import { AnswerFault, reasonOf } from "../answer_fault.ts";
import { onDisk } from "../disk.ts";
import { hashFile } from "../file_check.ts";
import type { PullEvent } from "../pull_event.ts";
import { reportsOf } from "../pull_progress.ts";
import { fetchUrl } from "../url_fetch.ts";
import { type FileClaim, requestClaim } from "./file_claim.ts";
import { gitBlobHash } from "./git_blob.ts";
import type { KnownModel } from "./known_models.ts";
import type { HostedFile, ModelHost } from "./model_host.ts";
import type { PinnedFile } from "./pins.ts";
import { partName } from "./unfinished.ts";

/** Deadlines and pauses of a pull; each has its default where it is used. */
export interface PullTiming {
  /** How long a host may take to answer, in ms. */
  readonly contactMs?: number;
  /** The first pause before a host is tried again, in ms. */
  readonly pauseMs?: number;
  /** The longest silence of a connection, in ms. */
  readonly idleMs?: number;
}

/** What a {@linkcode KnownPull} needs. */
export interface KnownPullOptions {
  /** The name of the model. */
  readonly name: string;
  /** The model. */
  readonly model: KnownModel;
  /** The revision to fetch; without one, the newest. */
  readonly revision: string | undefined;
  /** The hosts, tried in turn. */
  readonly hosts: readonly ModelHost[];
  /** Which certificates to trust. */
  readonly trust: PeerTrust;
  /** Where unfinished files lie. */
  readonly workDir: string;
  readonly signal: AbortSignal;
  /** Receives the progress. */
  readonly emit: (event: PullEvent) => void;
  /** Deadlines and pauses. */
  readonly timing: PullTiming;
}

/** What a file must be, and which host said so. */
interface Expected {
  readonly digest: NonNullable<FileClaim["digest"]>;
  readonly sizeBytes: number | undefined;
  readonly from: string;
}

/** A file that has come, and is what it must be. */
export interface FetchedFile {
  /** What it is. */
  readonly pin: PinnedFile;
  /** Where it lies; `undefined` when the one that is in place already is the same. */
  readonly partPath: string | undefined;
}

/** One pull of a known model: its hosts are tried in turn, and each file is checked before it counts. */
export class KnownPull implements Disposable {
  readonly #options: KnownPullOptions;
  readonly #client: HttpClient;
  /** Hosts that did not answer; they are not tried again. */
  readonly #silent = new Set<ModelHost>();
  #revision: string | undefined;

  /** Sends nothing yet. */
  constructor(options: KnownPullOptions) {
    this.#options = options;
    this.#client = new HttpClient(options.trust);
    this.#revision = options.revision;
  }

  /** The revision that is fetched, as far as a host has named it. */
  get revision(): string {
    return this.#revision ?? "main";
  }

  /**
   * Fetches one file. `pinned` is what it must be if that is known; `place` is where it will lie, and what is there is
   * left alone if it is the same. Throws `model.fetch`, `model.changed`, `model.directory`, `canceled`.
   */
  async fetchFile(
    part: string,
    { pinned, place }: { readonly pinned: PinnedFile | undefined; readonly place: string },
  ): Promise<FetchedFile> {
    const { name, model, hosts, signal, emit } = this.#options;
    const file = model.files[part]?.name ?? part;
    const failures: string[] = [];
    let known = pinned && expectedOf(pinned);
    for (const [index, host] of hosts.entries()) {
      const hosted = this.#silent.has(host) ? undefined : host.locate(model, file, this.#revision);
      if (hosted === undefined) continue;
      try {
        const expected = this.#agree(host, { part, known, claim: await this.#requestClaim(host, hosted) });
        // The claim of a mirror binds that mirror alone, until its file has come.
        if (host.publisher) known ??= expected;
        const isThere = await isContent(place, expected.digest);
        const partPath = isThere ? undefined : await this.#download(part, { hosted, expected });
        if (known === undefined) {
          const digest = expected.digest.hex;
          emit({ type: "first_use", model: `${name} ${part}`, host: host.name, digest });
        }
        return { pin: await pinOf(partPath ?? place, { file, expected }), partPath };
      } catch (thrown) {
        if (signal.aborted || (thrown instanceof EarshotError && FINAL.has(thrown.code))) {
          throw EarshotError.from(thrown, "canceled");
        }
        const reason = shortReason(thrown);
        failures.push(`${host.name}: ${reason}`);
        // The last one is in the error.
        if (index < hosts.length - 1) {
          emit({ type: "moved_on", model: `${name} ${part}`, host: host.name, reason });
        }
      }
    }
    throw new EarshotError(
      "model.fetch",
      `Cannot fetch ${name} ${part}: ${
        failures.join("; ") || "no host that answers has it"
      }; what came is kept`,
    );
  }

  /** Closes the connections. */
  [Symbol.dispose](): void {
    this.#client.close();
  }

  async #requestClaim(host: ModelHost, hosted: HostedFile): Promise<FileClaim> {
    const { signal, timing } = this.#options;
    try {
      const claim = await requestClaim(hosted, { client: this.#client, signal, ...timing });
      // From now on everything is of one state, whatever is published meanwhile.
      this.#revision ??= claim.revision;
      return claim;
    } catch (thrown) {
      const silent = thrown instanceof AnswerFault ||
        (thrown instanceof EarshotError && thrown.code.startsWith("net.") && thrown.code !== "net.refused");
      if (silent) this.#silent.add(host);
      throw thrown;
    }
  }

  /** What the file must be, given the claim of this host. */
  #agree(
    host: ModelHost,
    { part, known, claim }: {
      readonly part: string;
      readonly known: Expected | undefined;
      readonly claim: FileClaim;
    },
  ): Expected {
    const { name } = this.#options;
    const { digest, sizeBytes } = claim;
    if (known === undefined) {
      if (digest === undefined) throw new AnswerFault("it does not say what the file must hash to");
      return { digest, sizeBytes, from: host.name };
    }
    if (digest?.algorithm !== known.digest.algorithm || digest.hex === known.digest.hex) return known;
    if (!host.publisher) throw new AnswerFault(`it has another file, of the sha256 ${digest.hex}`);
    throw new EarshotError(
      "model.changed",
      `Cannot fetch ${name} ${part}: ${host.name} says that its sha256 is ${digest.hex}, and ${known.digest.hex} is ` +
        `pinned (from ${known.from}); nothing was changed. To take what the publisher has now: ` +
        `\`earshot models pull ${name} --refresh\``,
    );
  }

  /** Where the file lies once it has come and is right. */
  async #download(
    part: string,
    { hosted, expected }: { readonly hosted: HostedFile; readonly expected: Expected },
  ): Promise<string> {
    const { name, workDir, trust, signal, emit, timing } = this.#options;
    const { digest, sizeBytes } = expected;
    const model = `${name} ${part}`;
    const partPath = join(workDir, partName(name, part, digest.hex));
    await fetchUrl(
      { url: hosted.url, sizeBytes, ...(digest.algorithm === "sha256" && { sha256: digest.hex }) },
      partPath,
      { name: model, trust, signal, ...timing, ...reportsOf(model, emit) },
    );
    if (digest.algorithm === "gitBlob" && await gitBlobHash(partPath) !== digest.hex) {
      await onDisk(partPath, () => Deno.remove(partPath));
      throw new AnswerFault(`what it serves is not the git blob ${digest.hex}`);
    }
    return partPath;
  }
}

/** Errors for which no other host is tried. */
const FINAL: ReadonlySet<string> = new Set(["model.changed", "model.directory", "canceled"]);

/** Why a host could not give a file: the message of a pull names the file once, and not with each host. */
function shortReason(thrown: unknown): string {
  const within = thrown instanceof EarshotError && thrown.code.startsWith("model.")
    ? thrown.cause
    : undefined;
  return reasonOf(within ?? thrown);
}

function expectedOf({ sha256, sizeBytes, from }: PinnedFile): Expected {
  return { digest: { algorithm: "sha256", hex: sha256 }, sizeBytes, from };
}

/** Whether there is such a file with this content. */
async function isContent(path: string, { algorithm, hex }: Expected["digest"]): Promise<boolean> {
  if (!await isFile(path)) return false;
  return hex === (algorithm === "sha256" ? await sha256Of(path) : await gitBlobHash(path));
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

/** What a file is from now on. */
async function pinOf(
  path: string,
  { file, expected: { digest, from } }: { readonly file: string; readonly expected: Expected },
): Promise<PinnedFile> {
  const sha256 = digest.algorithm === "sha256" ? digest.hex : await sha256Of(path);
  const { size } = await onDisk(path, () => Deno.stat(path));
  return { name: file, sha256, sizeBytes: size, from };
}

function sha256Of(path: string): Promise<string> {
  return onDisk(path, () => hashFile(path, "sha256", "hex"));
}
