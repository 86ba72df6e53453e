import { loadConfig, readDataConfig } from "../config/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { isHostAddress, MODEL_HOSTS, modelHost, ModelStore } from "../models/mod.ts";
import { type Config, configSchema } from "./config.ts";
import { dataConfigPath, dataDir, modelsDir } from "./data_dir.ts";

/** The config that is taken when none is named, if it is there. */
const DEFAULT_CONFIG = "config.yaml";

/** Where a command finds the machine's set-up. */
export interface SetupOptions {
  /** The config file; `./config.yaml` if that is there, else the defaults. */
  readonly config?: string | undefined;
  /** The data directory; `EARSHOT_DATA`, else `./data`. */
  readonly data?: string | undefined;
  /** Values that go before those of the file, by dotted key. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** The machine's set-up: the checked config, and where things live. */
export interface Setup {
  /** The checked config. */
  readonly config: Config;
  /** The files that it came from; none when only defaults apply. */
  readonly source: string | undefined;
  /** What is odd in the config and no error, one sentence each. */
  readonly warnings: readonly string[];
  /** The data directory. */
  readonly data: string;
  /** The weights. */
  readonly store: ModelStore;
  /** Where the weights are. */
  readonly modelsDir: string;
}

/**
 * Reads the config and finds the weights.
 *
 * @throws {EarshotError} `config.not_found` or `config.invalid`.
 */
export async function readSetup(options: SetupOptions = {}): Promise<Setup> {
  const path = await configPath(options.config);
  const data = dataDir(options.data);
  const written = dataConfigPath(data);
  const { config, source, warnings } = await loadConfig(path, configSchema, {
    overlay: { path: written, text: await readDataConfig(written) },
    overrides: options.overrides ?? {},
  });
  const directory = modelsDir(config, data);
  return {
    config,
    source,
    warnings,
    data,
    store: new ModelStore({
      dir: directory,
      custom: config.models.custom,
      hosts: () => (config.models.hosts ?? hostsOfEnvironment() ?? MODEL_HOSTS).map(modelHost),
      tls: config.models.tls,
    }),
    modelsDir: directory,
  };
}

/** The config file: the one that is named, else `./config.yaml` if it is there. */
export async function configPath(named: string | undefined): Promise<string | undefined> {
  return named ?? (await isFile(DEFAULT_CONFIG) ? DEFAULT_CONFIG : undefined);
}

/** The one host that `HF_ENDPOINT` names: what Hugging Face's own tools take instead of theirs. */
function hostsOfEnvironment(): readonly string[] | undefined {
  const endpoint = Deno.env.get("HF_ENDPOINT");
  if (endpoint === undefined || endpoint === "") return undefined;
  if (isHostAddress(endpoint)) return [endpoint];
  throw new EarshotError("config.invalid", "Cannot use HF_ENDPOINT: it must be https://HOST");
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}
