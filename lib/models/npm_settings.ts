import Config from "@npmcli/config";
import npm from "@npmcli/config/lib/definitions/index.js";
import type { NpmContext } from "./pull_event.ts";

/** When a request to the registry is repeated; npm's `fetch-retr*` settings. */
export interface RetrySettings {
  /** How often it is repeated. */
  readonly retries: number;
  /** How much longer each pause is than the one before. */
  readonly factor: number;
  /** The first pause, in ms. */
  readonly minTimeout: number;
  /** The longest pause, in ms. */
  readonly maxTimeout: number;
}

/** A user waits for a model; npm's own pauses of 10 and 60 s are too long for that. */
const PAUSES = { minTimeout: 1_000, factor: 4 } as const;

/** The npm settings that say how long a registry is worth waiting for. */
const WAITING = [
  "fetch-retries",
  "fetch-retry-factor",
  "fetch-retry-mintimeout",
  "fetch-retry-maxtimeout",
  "fetch-timeout",
];

/** The user's npm settings in the shape that npm's own libraries take; only what we read ourselves is named. */
export interface NpmSettings {
  readonly registry: string;
  readonly retry: RetrySettings;
  /** Whether the user has set how long to wait for a registry; then no deadline of ours applies. */
  readonly choosesWait: boolean;
  /** Where npm fetches a tarball that a registry announces: mirrors announce the addresses of what they mirror. */
  readonly tarballUrl: (announced: string, registry: string) => string;
  readonly [setting: string]: unknown;
}

/**
 * Reads what `npm` itself would use: the user's, the project's and the global `.npmrc` and `npm_config_*`. The
 * cache of npm is left out: a tarball is fetched once, and a resumed one must not be stored as a whole one.
 */
export async function readNpmSettings(context: NpmContext): Promise<NpmSettings> {
  const config = new Config({
    ...npm,
    npmPath: import.meta.dirname,
    argv: [],
    // A copy, since npm writes into it.
    env: { ...context.env ?? Deno.env.toObject() },
    cwd: context.cwd ?? Deno.cwd(),
    execPath: Deno.execPath(),
    platform: Deno.build.os === "windows" ? "win32" : Deno.build.os,
  });
  await config.load();
  config.validate();
  const { cache: _, ...settings } = config.flat;
  const isChosen = (key: string) => config.find(key) !== "default";
  const chosePause = isChosen("fetch-retry-mintimeout") || isChosen("fetch-retry-factor");
  const retry = chosePause ? settings.retry : { ...settings.retry, ...PAUSES };
  const { replaceRegistryHost: replaced } = settings;
  const replacedHost = replaced === "npmjs" ? new URL(npm.definitions.registry.default).host : replaced;
  return {
    ...settings,
    retry,
    choosesWait: WAITING.some(isChosen),
    tarballUrl: (announced, registry) => {
      const { host, pathname } = new URL(announced);
      return replacedHost === "always" || replacedHost === host
        ? new URL(pathname, registry).href
        : announced;
    },
  };
}
