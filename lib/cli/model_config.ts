import type { Config, KnownModel, ModelStore } from "../app/mod.ts";
import { KNOWN_SETS, knownVoice, sherpaModels } from "../app/mod.ts";

/** The names of models, with the models of a set in place of its name. */
export function withoutSets(names: readonly string[], store: ModelStore): readonly string[] {
  return [
    ...new Set(names.flatMap((name) => {
      const set = Object.hasOwn(KNOWN_SETS, name) && !store.names.includes(name)
        ? KNOWN_SETS[name]
        : undefined;
      return set === undefined ? [name] : [set.recognizer, set.voice];
    })),
  ];
}

/**
 * What to write into the config so that known models hear and speak, a recognizer and a voice together in one agent; for
 * those that the config does not name yet. `""` where nothing is to be written.
 */
export function whatToWrite(
  models: readonly string[],
  { config, store }: { readonly config: Pick<Config, "asr" | "tts">; readonly store: ModelStore },
): string {
  const named = sherpaModels(config);
  const known = models.flatMap((name) => {
    const model = named.includes(name) ? undefined : store.known(name);
    return model === undefined ? [] : [{ name, model, speaks: knownVoice(name) !== undefined }];
  });
  const ears = known.filter(({ speaks }) => !speaks);
  const voices = known.filter(({ speaks }) => speaks);
  const [ear] = ears;
  const [voice] = voices;
  // One of each is one agent; else each is told by itself.
  if (ear !== undefined && voice !== undefined && known.length === 2) return lines({ ear, voice });
  return [...ears.map((ear) => lines({ ear })), ...voices.map((voice) => lines({ voice }))].join("\n");
}

interface Named {
  readonly name: string;
  readonly model: KnownModel;
}

function lines({ ear, voice }: { readonly ear?: Named; readonly voice?: Named }): string {
  const what = ear === undefined ? "speak" : voice === undefined ? "hear" : "hear and speak";
  const names = [ear, voice].flatMap((one) => one === undefined ? [] : [one.name]);
  const set = Object.values(KNOWN_SETS).find(({ recognizer, voice }) =>
    recognizer === names[0] && voice === names[1]
  );
  const language = set?.language ?? (ear ?? voice)?.model.languages[0];
  const agent = [
    ...(ear === undefined ? [] : [`asr: ${ear.name}`]),
    ...(voice === undefined ? [] : [`tts: ${voice.name}`]),
    `language: ${language}`,
  ];
  return [
    `to ${what} with ${names.join(" and ")}, write into config.yaml:`,
    ...(ear === undefined ? [] : [`  asr: { ${ear.name}: { type: sherpa, model: ${ear.name} } }`]),
    ...(voice === undefined ? [] : [`  tts: { ${voice.name}: { type: sherpa, model: ${voice.name} } }`]),
    `  agents: { default: { ${agent.join(", ")} } }`,
  ].join("\n");
}
