import { Command } from "commander";
import { z } from "zod";
import {
  type KnownModel,
  knownVoice,
  MODEL_CATALOG,
  type ModelName,
  type ModelStatus,
  type ModelStore,
  readSetup,
  serviceNeeds,
} from "../app/mod.ts";
import type { Setup } from "../app/mod.ts";
import { EXIT } from "../errors/mod.ts";
import { type CommandSpec, defineCommand } from "./command.ts";
import { whatToWrite, withoutSets } from "./model_config.ts";
import type { Output } from "./output.ts";
import { megabytes } from "./progress.ts";
import { fetchModels, sayWarnings, SETUP_FLAGS, setupOptions } from "./setup.ts";

const pullOptions = setupOptions.extend({
  all: z.boolean().default(false),
  refresh: z.boolean().default(false),
});

const list: CommandSpec<typeof setupOptions> = {
  usage: "list",
  summary: "list the models: how they stand, size, languages, license",
  examples: ["earshot models list --json"],
  flags: SETUP_FLAGS,
  permissions: ["read", "write", "net", "env", "sys"],
  options: setupOptions,
  async run({ options, output }) {
    const { store, modelsDir, warnings } = await readSetup(options);
    sayWarnings({ warnings }, output);
    output.say(`models in ${modelsDir}`);
    for (const model of store.names) report(await store.status(model), { store, output });
    output.say("known, fetched from their publisher by `earshot models pull NAME`:");
    for (const model of store.knownNames) report(await store.status(model), { store, output });
    return EXIT.ok;
  },
};

const pull: CommandSpec<typeof pullOptions> = {
  usage: "pull [names...]",
  summary: "fetch models, by default those that hearing needs",
  examples: [
    "earshot models pull",
    "earshot models pull flite-slt",
    "earshot models pull chinese  # an ear and a voice: sense-voice and kokoro-zh",
    "earshot models pull sense-voice  # Chinese, Cantonese, English, Japanese, Korean",
    "earshot models pull --all",
  ],
  flags: [
    ...SETUP_FLAGS,
    ["--all", "fetch every model of this machine: Earshot's own, and those that the config names"],
    ["--refresh", "of a known model, take what its publisher has now, and pin that"],
  ],
  permissions: ["read", "write", "net", "env", "sys"],
  options: pullOptions,
  async run({ options, args, output, signal }) {
    const { config, store, modelsDir, warnings } = await readSetup(options);
    sayWarnings({ warnings }, output);
    const models = options.all
      ? [...new Set([...store.names, ...needed(config)])]
      : args.length === 0
      ? needed(config)
      : withoutSets(args, store);
    sayLicenses(models, { store, output });
    await fetchModels({ config, store }, models, { output, signal, refresh: options.refresh });
    for (const model of models) report(await store.status(model), { store, output });
    output.say(`${models.length === 1 ? "the model is" : `all ${models.length} models are`} in ${modelsDir}`);
    const lines = whatToWrite(models, { config, store });
    if (lines !== "") output.say(lines);
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
    const { config, store, warnings } = await readSetup(options);
    sayWarnings({ warnings }, output);
    const names = args.length === 0 ? [...store.names, ...store.knownNames] : withoutSets(args, store);
    const statuses = (await Promise.all(names.map((name) => store.verify(name)))).flat();
    // A model that nobody asked for and that was never fetched is no fault.
    const checked = args.length > 0
      ? statuses
      : statuses.filter((status) => isThere(status) || needed(config).includes(status.model));
    for (const status of checked) report(status, { store, output });
    if (checked.every(({ ok }) => ok)) return EXIT.ok;
    output.say("earshot: some models are not whole; `earshot models pull` fetches them again");
    return EXIT.unavailable;
  },
};

/** `earshot models list|pull|verify` */
export function modelsCommand(onExit: (code: number) => void): Command {
  const command = new Command("models").description("list, fetch and check models");
  for (
    const child of [defineCommand(list, onExit), defineCommand(pull, onExit), defineCommand(verify, onExit)]
  ) {
    command.addCommand(child);
  }
  return command;
}

/** One line for people: name, how it stands, size, languages, license, and what it is. */
function report(
  status: ModelStatus,
  { store, output }: { readonly store: ModelStore; readonly output: Output },
): void {
  const { model, ok, files } = status;
  const state = ok ? "ok" : files.find((file) => file.state !== "ok")?.state ?? "missing";
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const { description, neededBy, license, languages, rounded } = aboutModel(model, store);
  const size = `${rounded && !ok ? "~" : ""}${megabytes(sizeBytes)}`;
  output.result(
    { model, state, sizeBytes, neededBy, license, languages, files },
    [
      model.padEnd(18),
      state.padEnd(10),
      size.padStart(9),
      "",
      languages.padEnd(16),
      license.padEnd(24),
      description,
    ].join(" "),
  );
}

/** What a line about a model says besides how it stands. */
interface About {
  readonly description: string;
  readonly neededBy: string;
  readonly license: string;
  readonly languages: string;
  /** Whether its size is known only roughly before it is here. */
  readonly rounded?: boolean;
}

function aboutModel(model: string, store: ModelStore): About {
  if (isModelName(model)) {
    const { license: license, ...rest } = MODEL_CATALOG[model];
    return { ...rest, license };
  }
  const known = store.known(model);
  if (known === undefined) {
    return { description: "Your own (models.custom)", neededBy: "recognition", license: "-", languages: "-" };
  }
  const { description, license, files } = known;
  const rounded = Object.values(files).some(({ sha256 }) => sha256 === undefined);
  const neededBy = knownVoice(model) === undefined ? "recognition" : "voice";
  return { description, neededBy, license, languages: languagesOf(known), rounded };
}

/** `zh en +97` */
function languagesOf({ languages, moreLanguages }: KnownModel): string {
  return [...languages, ...(moreLanguages === undefined ? [] : [`+${moreLanguages}`])].join(" ");
}

/** Before anything is fetched: what others publish has licenses of its own. */
function sayLicenses(
  models: readonly string[],
  { store, output }: { readonly store: ModelStore; readonly output: Output },
): void {
  for (const model of models) {
    const known = store.known(model);
    if (known === undefined) continue;
    const sizeBytes = Object.values(known.files).reduce((sum, file) => sum + file.sizeBytes, 0);
    output.say(`${model}: ${megabytes(sizeBytes)}, license ${known.license}`);
  }
}

function isThere({ files }: ModelStatus): boolean {
  return files.some(({ state }) => state !== "missing");
}

/** The models without which nothing is heard as the config has it. */
function needed(config: Setup["config"]): readonly string[] {
  return serviceNeeds(config, { detection: true }).models;
}

function isModelName(name: string): name is ModelName {
  return Object.hasOwn(MODEL_CATALOG, name);
}
