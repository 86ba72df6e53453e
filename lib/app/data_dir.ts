import { join, resolve } from "node:path";
import type { Config } from "./config.ts";

/** Where everything is kept that outlives the process: `--data`, else `EARSHOT_DATA`, else `./data`. */
export function dataDir(option: string | undefined): string {
  return resolve(option || Deno.env.get("EARSHOT_DATA") || "data");
}

/** Where the weights are: `models.dir`, else inside the data directory. */
export function modelsDir(config: Pick<Config, "models">, data: string): string {
  return config.models.dir === undefined ? join(data, "models") : resolve(config.models.dir);
}

/** The config that Earshot itself writes; it goes before `config.yaml`. */
export function dataConfigPath(data: string): string {
  return join(data, "config.yaml");
}

/** Where fixed sentences in the voices of agents are kept. */
export function speechDir(data: string): string {
  return join(data, "speech");
}
