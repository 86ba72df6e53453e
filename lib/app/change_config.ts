import {
  changeDataConfig,
  type ConfigPatch,
  configWithout,
  loadConfig,
  patchedConfig,
} from "../config/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { configSchema } from "./config.ts";
import { dataConfigPath, dataDir } from "./data_dir.ts";
import { configPath, type SetupOptions } from "./setup.ts";

/**
 * Changes the config in the data directory, which goes before `config.yaml`: maps merge, lists replace, `null` removes.
 * The config as a whole is checked with the change in it before anything is written. Resolves with the file's path.
 *
 * @throws {EarshotError} `config.invalid`, `config.unwritable`
 */
export function changeConfig(setup: SetupOptions, patch: ConfigPatch): Promise<string> {
  return write(setup, (text) => patchedConfig(text, patch));
}

/**
 * Takes a key out of the config in the data directory, so that what `config.yaml` says of it counts again.
 *
 * @throws {EarshotError} `config.not_set` where it does not have the key; `config.invalid`, `config.unwritable`
 */
export function resetConfig(setup: SetupOptions, key: string): Promise<string> {
  return write(setup, (text, path) => {
    const without = configWithout(text, key);
    if (without !== undefined) return without;
    throw new EarshotError("config.not_set", `Cannot reset ${key}: ${path} does not set it`);
  });
}

async function write(
  { config, data }: SetupOptions,
  change: (text: string, path: string) => string,
): Promise<string> {
  const base = await configPath(config);
  const path = dataConfigPath(dataDir(data));
  await changeDataConfig(path, async (before) => {
    const text = change(before, path);
    try {
      await loadConfig(base, configSchema, { overlay: { path, text } });
    } catch (thrown) {
      // What was wrong before is told at its place in the file that is there.
      await loadConfig(base, configSchema, { overlay: { path, text: before } });
      throw thrown;
    }
    return text;
  });
  return path;
}
