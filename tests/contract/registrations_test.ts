import { assert, assertEquals } from "@std/assert";
import { configNode, isSecret, type SchemaNode, valuesOf } from "../../.ci/docs/schema_node.ts";
import { blockOf, type RegisteredType, waysOf } from "../../.ci/docs/service_facts.ts";
import { ASR_PROVIDERS } from "../../lib/asr/mod.ts";
import { LLM_PROVIDERS } from "../../lib/llm/mod.ts";
import { isLocalUrl } from "../../lib/net/mod.ts";
import { TTS_PROVIDERS } from "../../lib/tts/mod.ts";
import { test } from "../support/test.ts";

/** A registered type with its keys. */
interface Registered {
  /** Such as `tts.openai`. */
  readonly name: string;
  readonly provider: RegisteredType<unknown>;
  readonly node: SchemaNode;
}

const STAGES: readonly (readonly [stage: string, providers: readonly RegisteredType<unknown>[]])[] = [
  ["asr", ASR_PROVIDERS],
  ["llm", LLM_PROVIDERS],
  ["tts", TTS_PROVIDERS],
];

const REGISTERED: readonly Registered[] = STAGES.flatMap(([stage, providers]) => {
  const nodes = valuesOf(configNode().properties?.[stage] ?? {})?.oneOf ?? [];
  return providers.map((provider) => ({
    name: `${stage}.${provider.type}`,
    provider,
    node: nodes.find(({ properties }) => properties?.["type"]?.const === provider.type) ?? {},
  }));
});

/** The keys of a block, those of maps in it with dots. */
function keysOf({ properties = {} }: SchemaNode, prefix = ""): readonly (readonly [string, SchemaNode])[] {
  return Object.entries(properties).flatMap(([key, node]) => [
    [`${prefix}${key}`, node] as const,
    ...(isSecret(node) ? [] : keysOf(node, `${prefix}${key}.`)),
  ]);
}

/** A shortest block of a type. */
const shortest = ({ provider, node }: Registered) => blockOf(provider, node, waysOf(provider, node)[0] ?? []);

/** Every place of every block that fails a test, with what is wrong there. */
function slips(find: (registered: Registered) => readonly string[]): readonly string[] {
  return REGISTERED.flatMap((registered) => find(registered).map((slip) => `${registered.name}: ${slip}`));
}

test("every type says what it is in a few words, and its name is one word", () => {
  assertEquals(
    slips(({ provider: { type, about } }) => [
      ...(/^[a-z][a-zA-Z0-9]*$/.test(type) ? [] : [type]),
      ...(about.length > 10 && about.length <= 160 && !/[.\n]$|\n/.test(about) ? [] : [about]),
    ]),
    [],
  );
});

test("every key of every type says what it means", () => {
  const undescribed = slips(({ node }) =>
    keysOf(node).flatMap(([key, { description = "" }]) =>
      key === "type" || description.length > 3 ? [] : [key]
    )
  );
  assertEquals(undescribed, []);
});

test("what is a secret by its name is the place of one, and never has a default", () => {
  const secretName = /^(apiKey|accessToken|token|secret|password|.*Secret|secretKey)$/;
  assertEquals(
    slips(({ node }) =>
      keysOf(node).flatMap(([key, child]) =>
        secretName.test(key) && !isSecret(child) || isSecret(child) && child.default !== undefined
          ? [key]
          : []
      )
    ),
    [],
  );
});

test("a secret that is written into the config is refused, and not repeated", () => {
  assertEquals(
    slips((registered) => {
      const { provider, node } = registered;
      return keysOf(node).filter(([, child]) => isSecret(child)).flatMap(([key]) => {
        try {
          provider.capabilities({ ...shortest(registered), [key]: "canary-4711" });
          return [`${key} is taken`];
        } catch (thrown) {
          return String(thrown).includes("canary-4711") ? [`${key} is repeated`] : [];
        }
      });
    }),
    [],
  );
});

test("an address that leaves this network by default is encrypted", () => {
  const urls = ({ node }: Registered) =>
    keysOf(node).flatMap(([key, child]) =>
      typeof child.default === "string" && /^[a-z]+:\/\//.test(child.default)
        ? [[key, child.default] as const]
        : []
    );
  assert(REGISTERED.flatMap(urls).length > 20, "default addresses are found");
  const plain = slips((registered) => {
    const given = registered.provider.address(shortest(registered));
    const all = [...urls(registered), ...(given === undefined ? [] : [["address", given] as const])];
    return all.filter(([, url]) =>
      !/^(https|wss):/.test(url) && !isLocalUrl(url) && !url.includes("service.example")
    )
      .map(([key, url]) => `${key} ${url}`);
  });
  assertEquals(plain, []);
});

test("whoever is reached over https or wss says whose certificate is trusted; what runs here has no such key", () => {
  const wrong = slips((registered) => {
    const { provider, node } = registered;
    const address = provider.address(shortest(registered));
    const mayBeTls = address !== undefined && !address.startsWith("tcp:");
    return mayBeTls === (node.properties?.["tls"] !== undefined) ? [] : [`${address}`];
  });
  assertEquals(wrong, []);
});
