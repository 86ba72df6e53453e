import { z } from "zod";

/** What a config schema needs of a registered type of service. */
export interface ServiceType {
  readonly type: string;
  readonly about: string;
  readonly shape: z.ZodRawShape;
  readonly check: (block: unknown, problem: (key: string, message: string) => void) => void;
}

/** The checked block of one service; its other keys are read by its provider. */
export interface ServiceBlock {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** The schema of a section. */
export type ServicesSchema = z.ZodType<
  Readonly<Record<string, ServiceBlock>>,
  Readonly<Record<string, unknown>>
>;

const serviceName = z.string().regex(
  /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,63}$/u,
  "must be letters, digits, - and _, at most 64",
);

/**
 * The section of a stage: services by name, each a block of one of these types. A service that bears the name of a type
 * is of that type unless it says otherwise.
 */
export function servicesConfig(types: readonly ServiceType[]): ServicesSchema {
  const [first, ...rest] = types.map(({ type, about, shape, check }) =>
    z.strictObject({ type: z.literal(type).describe("the type of the service"), ...shape })
      .superRefine((block, { addIssue, issues }) => {
        if (issues.length > 0) return;
        check(block, (key, message) => addIssue({ code: "custom", path: [key], message }));
      }).describe(about)
  );
  if (first === undefined) throw new RangeError("Cannot describe a section: it has no type of service");
  const names = new Set(types.map(({ type }) => type));
  const services = z.record(
    serviceName,
    z.discriminatedUnion("type", [first, ...rest]).meta({
      expected: "a service, such as { type: TYPE, url: URL }; which one a device uses, and its " +
        "language, is said in agents",
    }),
  );
  return z.preprocess((section) => withTypes(section, names), services);
}

function withTypes(section: unknown, types: ReadonlySet<string>): unknown {
  if (!isMap(section)) return section;
  return Object.fromEntries(
    Object.entries(section).map(([name, block]) =>
      isMap(block) && block["type"] === undefined && types.has(name)
        ? [name, { ...block, type: name }]
        : [name, block]
    ),
  );
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
