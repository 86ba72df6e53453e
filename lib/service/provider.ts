import { z } from "zod";
import type { Clock } from "../lifecycle/mod.ts";
import { peerTlsConfig, type PeerTrust, readPeerTrust } from "../net/mod.ts";
import { readKey, type SecretSource, secretSource } from "../secrets/mod.ts";
import { configKeyOf, type ServiceName } from "./service_name.ts";

/** What every provider is opened with; a stage adds its own. */
export interface ProviderContext {
  /** The service, for errors. */
  readonly service: ServiceName;
  /** The time source. */
  readonly clock: Clock;
}

/** What a provider with a `tls` key gets besides. */
export interface RemoteContext {
  /** Which certificates are trusted. */
  readonly trust: PeerTrust;
}

/** The settings of a block with every secret read: what was `{ env }` or `{ file }` is the secret itself. */
export type Settings<Shape extends z.ZodRawShape> = {
  readonly [Key in keyof z.output<z.ZodObject<Shape>>]: z.output<z.ZodObject<Shape>>[Key] extends infer Value
    ? Value extends SecretSource ? string : Value
    : never;
};

/** What is registered for one type of service. */
export interface ProviderDefinition<Instance, Context, Capabilities, Shape extends z.ZodRawShape> {
  /** Its `type` in the config. */
  readonly type: string;
  /** What it is, in a few words, for the reference page. */
  readonly about: string;
  /** The keys of its block; a key whose schema is `secretSource` is read before `open`. */
  readonly config: Shape;
  /** Says what is wrong with a block beyond its keys. */
  readonly check?: (
    block: z.output<z.ZodObject<Shape>>,
    problem: (key: string, message: string) => void,
  ) => void;
  /** How its certificate is checked unless the block says otherwise; `false`: it has no TLS. Default: it is verified. */
  readonly tls?: { readonly verify: boolean } | false;
  /**
   * The URL that sound or words are sent to with these settings, where the key `url` does not say it. Default: the key
   * `url`; without one, all stays on this machine.
   */
  readonly address?: (block: z.output<z.ZodObject<Shape>>) => string | undefined;
  /** What it can do with these settings; plain data. */
  readonly capabilities: (block: z.output<z.ZodObject<Shape>>) => Capabilities;
  /** Makes it ready; nothing is connected to yet. */
  readonly open: (
    settings: Settings<Shape>,
    context: Context & RemoteContext,
  ) => Instance | Promise<Instance>;
}

/** A registered type of service, whatever its keys are. */
export interface Provider<Instance, Context, Capabilities> {
  readonly type: string;
  readonly about: string;
  /** The keys of its block. */
  readonly shape: z.ZodRawShape;
  readonly check: (block: unknown, problem: (key: string, message: string) => void) => void;
  /** The URL that sound or words are sent to; `undefined` where all stays on this machine. */
  readonly address: (block: unknown) => string | undefined;
  /** Throws a `ZodError` for a block that does not fit. */
  readonly capabilities: (block: unknown) => Capabilities;
  /**
   * Reads its secrets and certificates, and makes it ready.
   *
   * @throws {EarshotError} `config.secret` or `config.invalid`
   */
  readonly open: (block: unknown, context: Context) => Promise<Instance>;
}

/**
 * Registers a type of service: its config, what it can do, and how it is opened. The config schema, the list of
 * types, the reference page, `earshot check` and the contract suite follow from the registration.
 */
export function defineProvider<
  Instance,
  Context extends ProviderContext,
  Capabilities,
  Shape extends z.ZodRawShape,
>(
  definition: ProviderDefinition<Instance, Context, Capabilities, Shape>,
): Provider<Instance, Context, Capabilities> {
  const { type, about, config, check, address, tls = { verify: true } } = definition;
  const schema = z.object(config);
  return {
    type,
    about,
    shape: {
      ...config,
      ...(tls !== false && {
        tls: peerTlsConfig.prefault(tls).describe("how the service's certificate is checked"),
      }),
    },
    check: (block, problem) => check?.(schema.parse(block), problem),
    address: (block) => {
      const settings = schema.parse(block);
      return address === undefined ? urlBlock.parse(settings).url : address(settings);
    },
    capabilities: (block) => definition.capabilities(schema.parse(block)),
    open: async (block, context) => {
      const key = configKeyOf(context.service);
      const trust = tls === false ? { verify: true } : await readPeerTrust(key, tlsBlock.parse(block).tls);
      return await definition.open(await readSecrets<Shape>(key, schema.parse(block)), { ...context, trust });
    },
  };
}

const urlBlock = z.object({ url: z.string().optional() });
const tlsBlock = z.object({ tls: peerTlsConfig.optional() });

/** Reads the secrets of a block: whatever value says where a secret is. */
async function readSecrets<Shape extends z.ZodRawShape>(
  key: string,
  block: z.output<z.ZodObject<Shape>>,
): Promise<Settings<Shape>> {
  const entries = Object.entries(block).map(async ([name, value]) => {
    const source = secretSource.safeParse(value);
    return [name, source.success ? await readKey(`${key}.${name}`, source.data) : value] as const;
  });
  // The compiler cannot follow a type through the entries of an object.
  return Object.fromEntries(await Promise.all(entries)) as Settings<Shape>;
}
