/**
 * The config schema in the terms of JSON Schema, as the pages read it.
 *
 * @module
 */
import { configSchema } from "../../lib/app/mod.ts";

/** One place of the schema. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  /** What it must be, in the schema's own words; metadata of ours. */
  readonly expected?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly pattern?: string;
  readonly propertyNames?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

/** The whole config. */
export function configNode(): SchemaNode {
  const root: unknown = configSchema.toJSONSchema({
    io: "input",
    unrepresentable: "any",
    target: "draft-07",
  });
  return isNode(root) ? root : {};
}

/** Zod writes one kind of type a place, of which its own types cannot tell. */
function isNode(value: unknown): value is SchemaNode {
  return typeof value === "object" && value !== null;
}

/** Whether it says where a secret is. */
export function isSecret({ expected = "" }: SchemaNode): boolean {
  return expected.startsWith("the place of the secret");
}

/** What the values of a map must be; `undefined` where its keys are named. */
export function valuesOf({ additionalProperties }: SchemaNode): SchemaNode | undefined {
  return typeof additionalProperties === "object" ? additionalProperties : undefined;
}
