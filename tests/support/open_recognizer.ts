import {
  type AsrProvider,
  AsrRunner,
  type AsrRunnerOptions,
  openAsrProvider,
  type ReadText,
  Recognizer,
} from "../../lib/asr/mod.ts";
import { type Clock, systemClock } from "../../lib/lifecycle/mod.ts";
import { ModelStore } from "../../lib/models/mod.ts";
import { loadSockets } from "../../lib/net/mod.ts";
import type { ServiceBlock } from "../../lib/service/mod.ts";

/** The authority that signed the certificates of the emulators. */
export const CA_FILE = new URL("./pki/ca.pem", import.meta.url).pathname;

/** A block with its secrets named by variables of the environment, which are set. */
export function withSecrets(
  block: ServiceBlock,
  secrets: Readonly<Record<string, string>> = {},
): ServiceBlock {
  const named = Object.entries(secrets).map(([key, secret]) => {
    const env = `TEST_SECRET_${secret.replaceAll(/\W/g, "_")}`;
    Deno.env.set(env, secret);
    return [key, { env }] as const;
  });
  return { ...block, ...Object.fromEntries(named) };
}

/** A recognizer by its block of the config, as the gateway opens it. */
export async function openRecognizer(
  block: ServiceBlock,
  { name = block.type, secrets, clock = systemClock }: {
    readonly name?: string;
    readonly secrets?: Readonly<Record<string, string>> | undefined;
    readonly clock?: Clock | undefined;
  } = {},
): Promise<AsrProvider> {
  await loadSockets();
  return await openAsrProvider(withSecrets(block, secrets), {
    service: { family: "asr", name },
    clock,
    languages: ["en"],
    store: new ModelStore({ dir: "/nowhere" }),
    openEngine: () => Promise.reject(new Error("this test has no engine")),
    signal: new AbortController().signal,
  });
}

/** A recognizer of one service, and what runs it. */
export function runAlone(
  provider: AsrProvider,
  { readText, ...options }: AsrRunnerOptions & { readonly readText?: ReadText | Promise<ReadText> },
): { readonly recognizer: Recognizer; readonly runner: AsrRunner } {
  const runner = new AsrRunner(provider, options);
  return { runner, recognizer: new Recognizer([{ runner, ...(readText !== undefined && { readText }) }]) };
}
