import { EarshotError } from "../../../errors/mod.ts";
import type { JsonObject } from "../../contract.ts";
import type { Scalar } from "../placeholders.ts";
import type { ParameterConfig } from "./config.ts";

type Parameters = Readonly<Record<string, ParameterConfig>>;

/** The JSON Schema of a request's arguments. */
export function schemaOf(parameters: Parameters): JsonObject {
  const entries = Object.entries(parameters);
  return {
    type: "object",
    properties: Object.fromEntries(
      entries.map(([name, { type, description, enum: values, maxLength }]) => [name, {
        type,
        description,
        ...(values !== undefined && { enum: values }),
        ...(type === "string" && values === undefined && { maxLength }),
      }]),
    ),
    required: entries.filter(([, { optional }]) => !optional).map(([name]) => name),
    additionalProperties: false,
  };
}

/**
 * The arguments by name, checked once more here: what is put into a request is what the config says.
 *
 * @throws {EarshotError} `tool.arguments`
 */
export function argumentsOf(args: JsonObject, parameters: Parameters): ReadonlyMap<string, Scalar> {
  const values = new Map<string, Scalar>();
  for (const [name, parameter] of Object.entries(parameters)) {
    const value = Object.hasOwn(args, name) ? args[name] : undefined;
    if (value === undefined || value === null) {
      if (parameter.optional) continue;
      throw unfit(`${name} is missing`);
    }
    values.set(name, checked(value, name, parameter));
  }
  return values;
}

function checked(value: unknown, name: string, { type, enum: values, maxLength }: ParameterConfig): Scalar {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
    throw unfit(`${name} is no ${type}`);
  }
  if (!isOfType(value, type)) throw unfit(`${name} is no ${type}`);
  if (values !== undefined && !values.includes(value)) throw unfit(`${name} is one of ${values.join(", ")}`);
  if (typeof value === "string" && values === undefined && value.length > maxLength) {
    throw unfit(`${name} has more than ${maxLength} characters`);
  }
  return value;
}

function isOfType(value: Scalar, type: ParameterConfig["type"]): boolean {
  switch (type) {
    case "string":
      return typeof value === "string";
    case "number":
      return Number.isFinite(value);
    case "integer":
      return Number.isSafeInteger(value);
    case "boolean":
      return typeof value === "boolean";
  }
}

function unfit(state: string): EarshotError {
  return new EarshotError("tool.arguments", `Cannot ask so: ${state}`);
}
