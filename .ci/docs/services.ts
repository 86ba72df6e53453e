/**
 * `docs/services.md`: every type of recognizer, language model and voice, out of its registration.
 *
 * @module
 */
import { ASR_PROVIDERS, type AsrCapabilities } from "../../lib/asr/mod.ts";
import { LLM_PROVIDERS, type LlmCapabilities } from "../../lib/llm/mod.ts";
import { TTS_PROVIDERS, type TtsCapabilities } from "../../lib/tts/mod.ts";
import { TRIAL_TYPES, type TriedType } from "../../tests/real/trial_types.ts";
import { configNode, isSecret, type SchemaNode, valuesOf } from "./schema_node.ts";
import {
  atHome,
  type Block,
  blockOf,
  goesTo,
  languagesOf,
  type RegisteredType,
  variantsOf,
  waysOf,
} from "./service_facts.ts";
import { grouped, table } from "./table.ts";

const HEAD = `# Services

Every type of recognizer, language model and voice: what its block in \`config.yaml\` needs, what it can, and where it
sends what it gets. This page is written from the code by \`deno task docs\`, and a test holds it there.
[Recognizers](recognizers.md) and [answering](answering.md) say how to choose; [configuration.md](configuration.md) has
every key.

- **Needs**: the keys that a block must have. Those in _italics_ are secrets, written as \`{ env: NAME }\` or
  \`{ file: PATH }\`. "May need" are secrets that some servers of the type ask for.
- **What follows a setting** is said with it: \`yes; no with mode: offline\`. The first word is what holds by default.
- **Run against**: no vendor can be reached where Earshot is built. Each type of service runs against an emulator that
  follows its documentation, with one suite for all. Where a trial is named, it also ran
  [against the real server or real weights](real-servers.md). "Itself" needs no service.
- **Goes to**: as the start and \`earshot check\` say it for your config. Another \`url\` leads elsewhere.
`;

/** A column beyond those that every stage has: what it says of the capabilities. */
type Column<Capabilities> = readonly [name: string, said: (capabilities: Capabilities) => string];

const RECOGNIZER_COLUMNS: readonly Column<AsrCapabilities>[] = [
  ["Works while somebody speaks", ({ streaming }) => yesNo(streaming)],
  ["Partial texts", ({ partials }) => yesNo(partials)],
  ["Ends the utterance itself", ({ endpointing }) => yesNo(endpointing)],
  ["Takes Opus", ({ encodings }) => yesNo(encodings.includes("opus"))],
];

const MODEL_COLUMNS: readonly Column<LlmCapabilities>[] = [
  ["Follows the agent's prompt", ({ stateless, scripted = false }) => yesNo(stateless && !scripted)],
  ["Keeps the conversation there", ({ stateless }) => yesNo(!stateless)],
  ["May act", ({ acts = false }) => yesNo(acts)],
  ["Questions at once", ({ maxConcurrent }) => grouped(maxConcurrent)],
];

const VOICE_COLUMNS: readonly Column<TtsCapabilities>[] = [
  ["Text while it is being written", ({ textIn }) => yesNo(textIn === "streamed")],
  ["Longest text, in characters", ({ maxChars }) => grouped(maxChars)],
];

/** The whole page. */
export function servicesPage(): string {
  const recognizers = stage("asr", ASR_PROVIDERS, RECOGNIZER_COLUMNS, "Sound goes to");
  const models = stage("llm", LLM_PROVIDERS, MODEL_COLUMNS, "Words go to");
  const voices = stage("tts", TTS_PROVIDERS, VOICE_COLUMNS, "Answers go to");
  return [
    HEAD,
    `## Recognizers\n\n${recognizers}\n`,
    `## Language models and answerers\n\n${models}\n`,
    `## Voices\n\n${voices}\n`,
  ].join("\n");
}

/** The types that trials name and that are not registered. */
export function unknownTrialTypes(): readonly TriedType[] {
  const known: readonly TriedType[] = [
    ...ASR_PROVIDERS.map(({ type }) => `asr.${type}` as const),
    ...LLM_PROVIDERS.map(({ type }) => `llm.${type}` as const),
    ...TTS_PROVIDERS.map(({ type }) => `tts.${type}` as const),
  ];
  return Object.values(TRIAL_TYPES).flat().filter((type) => !known.includes(type));
}

function stage<Capabilities extends { readonly languages: readonly string[] | "any" }>(
  name: "asr" | "llm" | "tts",
  providers: readonly RegisteredType<Capabilities>[],
  columns: readonly Column<Capabilities>[],
  goes: string,
): string {
  const nodes = valuesOf(configNode().properties?.[name] ?? {})?.oneOf ?? [];
  const rows = providers.map((provider) => {
    const node = nodes.find(({ properties }) => properties?.["type"]?.const === provider.type) ?? {};
    const ways = waysOf(provider, node);
    const block = blockOf(provider, node, ways[0] ?? []);
    return [
      `\`${provider.type}\``,
      provider.about,
      needs(node, ways),
      ...columns.map(([, said]) => withVariants(provider, { node, block }, said)),
      languagesOf(provider, node, block),
      runAgainst(`${name}.${provider.type}`, provider.address(block) !== undefined),
      goesTo(provider, node, ways),
    ];
  });
  const names = columns.map(([column]) => column);
  return table(["`type`", "What", "Needs", ...names, "Languages", "Run against", goes], rows);
}

/** What must be in its block, and the secrets that it may need. */
function needs(node: SchemaNode, ways: readonly (readonly string[])[]): string {
  const named = (key: string) => isSecret(node.properties?.[key] ?? {}) ? `_\`${key}\`_` : `\`${key}\``;
  const [first = [], ...others] = ways;
  const common = first.filter((key) => others.every((way) => way.includes(key)));
  const rest = others.length === 0
    ? []
    : [ways.map((way) => way.filter((key) => !common.includes(key)).map(named).join(" and ")).join(", or ")];
  const must = common.length > 0 && rest.length > 0
    ? [`${common.map(named).join(", ")}; ${rest.join("")}`]
    : [...common.map(named), ...rest];
  const may = Object.entries(node.properties ?? {})
    .filter(([key, child]) => isSecret(child) && !ways.some((way) => way.includes(key)))
    .map(([key]) => named(key));
  const optional = may.length === 0 ? [] : [`may need ${may.join(", ")}`];
  return [must.length === 0 ? "nothing" : must.join(", "), ...optional].join("; ");
}

/** What it can by default, and which settings change that. */
function withVariants<Capabilities>(
  provider: RegisteredType<Capabilities>,
  { node, block }: { readonly node: SchemaNode; readonly block: Block },
  said: (capabilities: Capabilities) => string,
): string {
  const usual = said(provider.capabilities(block));
  const variants = [...variantsOf(node, block), ...atHome(provider, block)];
  const others = Map.groupBy(variants, ({ block }) => said(provider.capabilities(block)));
  const changes = [...others].filter(([other]) => other !== usual)
    .map(([other, variants]) => `${other} with ${variants.map(({ words }) => words).join(", ")}`);
  return [usual, ...changes].join("; ");
}

function runAgainst(type: TriedType, isService: boolean): string {
  const trials = Object.entries(TRIAL_TYPES)
    .flatMap(([name, types]) => types.some((tried) => tried === type) ? [`\`${name}\``] : []);
  const usual = isService ? "an emulator" : "itself";
  return trials.length === 0 ? usual : `${usual}; for real: ${trials.join(", ")}`;
}

function yesNo(value: boolean): string {
  return value ? "yes" : "no";
}
