import { Command } from "commander";
import { z } from "zod";
import {
  hearingModels,
  isEmbedded,
  MODEL_CATALOG,
  type ModelName,
  type ModelStatus,
  readSetup,
} from "../app/mod.ts";
import type { Setup } from "../app/mod.ts";
import { EXIT } from "../errors/mod.ts";
import { type CommandSpec, defineCommand } from "./command.ts";
import type { Output } from "./output.ts";
import { megabytes } from "./progress.ts";
import { fetchModels, SETUP_FLAGS, setupOptions } from "./setup.ts";

/** What is known of a model that the user brings. */
const OWN = { description: "Your own (models.custom)", neededBy: "hear" } as const;

const pullOptions = setupOptions.extend({ all: z.boolean().default(false) });

const list: CommandSpec<typeof setupOptions> = {
  usage: "list",
  summary: "list the models and how they stand",
  examples: ["earshot models list --json"],
  flags: SETUP_FLAGS,
  permissions: ["read", "write", "net", "env", "sys"],
  options: setupOptions,
  async run({ options, output }) {
    const { store, modelsDir } = await readSetup(options);
    output.say(`models in ${modelsDir}`);
    for (const model of store.names) report(await store.status(model), output);
    return EXIT.ok;
  },
};

const pull: CommandSpec<typeof pullOptions> = {
  usage: "pull [names...]",
  summary: "fetch models, by default those that hearing needs",
  examples: [
    "earshot models pull",
    "earshot models pull flite-slt",
    "earshot models pull sense-voice  # of models.custom",
    "earshot models pull --all",
  ],
  flags: [...SETUP_FLAGS, ["--all", "fetch every model"]],
  permissions: ["read", "write", "net", "env", "sys"],
  options: pullOptions,
  async run({ options, args, output, signal }) {
    const { config, store, modelsDir } = await readSetup(options);
    const models = options.all ? store.names : args.length === 0 ? needed(config) : args;
    await fetchModels({ config, store }, models, { output, signal });
    for (const model of models) report(await store.status(model), output);
    output.say(`${models.length === 1 ? "the model is" : `all ${models.length} models are`} in ${modelsDir}`);
    return EXIT.ok;
  },
};

const verify: CommandSpec<typeof setupOptions> = {
  usage: "verify [names...]",
  summary: "check sizes and sha256 sums of the models that are there",
  examples: ["earshot models verify", "earshot models verify moonshine-tiny-en"],
  flags: SETUP_FLAGS,
  permissions: ["read", "write", "net", "env", "sys"],
  options: setupOptions,
  async run({ options, args, output }) {
    const { config, store } = await readSetup(options);
    const statuses =
      (await Promise.all((args.length === 0 ? store.names : args).map((name) => store.verify(name)))).flat();
    // A model that nobody asked for and that was never fetched is no fault.
    const checked = args.length > 0
      ? statuses
      : statuses.filter((status) => isThere(status) || needed(config).includes(status.model));
    for (const status of checked) report(status, output);
    if (checked.every(({ ok }) => ok)) return EXIT.ok;
    output.say("earshot: some models are not whole; `earshot models pull` fetches them again");
    return EXIT.unavailable;
  },
};

/** `earshot models list|pull|verify` */
export function modelsCommand(onExit: (code: number) => void): Command {
  const command = new Command("models").description("fetch and check the weights");
  for (
    const child of [defineCommand(list, onExit), defineCommand(pull, onExit), defineCommand(verify, onExit)]
  ) {
    command.addCommand(child);
  }
  return command;
}

function report(status: ModelStatus, output: Output): void {
  const { model, ok, files } = status;
  const state = ok ? "ok" : files.find((file) => file.state !== "ok")?.state ?? "missing";
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const { description, neededBy } = isModelName(model) ? MODEL_CATALOG[model] : OWN;
  output.result(
    { model, state, sizeBytes, neededBy, files },
    `${model.padEnd(18)} ${state.padEnd(10)} ${megabytes(sizeBytes).padStart(8)}  ${description}`,
  );
}

function isThere({ files }: ModelStatus): boolean {
  return files.some(({ state }) => state !== "missing");
}

/** The models without which nothing is heard as the config has it. */
function needed(config: Setup["config"]): readonly string[] {
  return hearingModels(config, { vad: true, embedded: isEmbedded(config.asr) });
}

function isModelName(name: string): name is ModelName {
  return Object.hasOwn(MODEL_CATALOG, name);
}
