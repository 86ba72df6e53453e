import { EarshotError } from "../../../errors/mod.ts";
import type { Clock } from "../../../lifecycle/mod.ts";
import { HttpClient, readPeerTrust } from "../../../net/mod.ts";
import { readKey, withoutSecrets } from "../../../secrets/mod.ts";
import { readBeginning } from "../answer_words.ts";
import { filled } from "../placeholders.ts";
import type { PromptContextConfig } from "./config.ts";

/** How long the address may take to answer, in ms. */
const ANSWER_MS = 3_000;
/** The most that is told to a language model, in bytes. */
const MAX_FACTS_BYTES = 4_096;

/** Where an agent gets what its language model should know; close it. */
export interface PromptContext {
  /**
   * What it says now, `""` for nothing.
   *
   * @throws {EarshotError} `tool.timeout` after 3 s, `tool.protocol` for an answer that says that it is none, `net.*`,
   * `canceled`
   */
  read(deviceId: string | undefined, signal: AbortSignal): Promise<string>;
  /** Asks nobody any more. May be called twice. */
  close(): void;
}

/**
 * Makes the address of an agent ready: secrets and certificates are read, and nobody is asked yet. `key` is its block.
 *
 * @throws {EarshotError} `config.secret`, `config.invalid`
 */
export async function openPromptContext(
  { url, headers, secrets, tls }: PromptContextConfig,
  { key, clock }: { readonly key: string; readonly clock: Clock },
): Promise<PromptContext> {
  const keys = new Map<string, string>();
  for (const [name, source] of Object.entries(secrets)) {
    keys.set(name, await readKey(`${key}.secrets.${name}`, source));
  }
  const sent = Object.entries(headers).map((
    [name, value],
  ) => [name, filled(value, (each) => keys.get(each))]);
  const client = new HttpClient(await readPeerTrust(key, tls));
  return {
    read: async (deviceId, signal) => {
      const late = new AbortController();
      const cancel = clock.schedule(ANSWER_MS, () => {
        const state = `Cannot read ${key}: no answer within ${ANSWER_MS} ms`;
        late.abort(new EarshotError("tool.timeout", state));
      });
      const life = AbortSignal.any([signal, late.signal]);
      try {
        const own = deviceId === undefined ? {} : { "device-id": deviceId };
        const answer = await client.fetch({ url, headers: { ...own, ...Object.fromEntries(sent) } }, life);
        return factsOf((await readBeginning(answer)).text, key);
      } catch (thrown) {
        throw life.aborted ? EarshotError.from(life.reason, "canceled") : thrown;
      } finally {
        cancel();
      }
    },
    close: () => client.close(),
  };
}

/** What an answer says: text, the values of a JSON object line by line, or those of its `data`. */
function factsOf(text: string, key: string): string {
  const value = jsonIn(text);
  if (typeof value !== "object" || value === null) return cut(typeof value === "string" ? value : text);
  if (!("code" in value) || !("data" in value)) return cut(linesOf(value));
  if (value.code === 0) return cut(linesOf(value.data));
  throw new EarshotError("tool.protocol", `Cannot read ${key}: its answer says that it has failed`);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function linesOf(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => `- ${wordsOf(item)}`).join("\n");
  if (typeof value !== "object" || value === null) return wordsOf(value);
  return Object.entries(value).map(([name, item]) => `${name}: ${wordsOf(item)}`).join("\n");
}

function wordsOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}

function cut(text: string): string {
  const bytes = new Uint8Array(MAX_FACTS_BYTES);
  // An address may repeat the key that it was sent.
  const plain = withoutSecrets(text.trim().toWellFormed());
  return plain.slice(0, new TextEncoder().encodeInto(plain, bytes).read);
}
