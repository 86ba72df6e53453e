import { z } from "zod";
import type { Clock } from "../../lifecycle/mod.ts";
import { peerTlsConfig, type PeerTrust, readPeerTrust } from "../../net/mod.ts";
import { readKey, type SecretSource, secretSource } from "../../secrets/mod.ts";
import type { ServiceType } from "../../service/mod.ts";
import type { ConnectServer } from "./contract.ts";
import type { ToolProcess } from "./process/tool_process.ts";

/** What a type of server is opened with. */
export interface ToolServerContext {
  /** Its name in the config. */
  readonly server: string;
  readonly clock: Clock;
  /** Which certificates are trusted. */
  readonly trust: PeerTrust;
  /** Our version. */
  readonly version: string;
  /** The process in which commands run. */
  readonly process: () => ToolProcess;
  /** Reads a secret of its block; `key` is the way to it, such as `env.API_KEY`. */
  readonly secret: (key: string, source: SecretSource) => Promise<string>;
}

/** What is registered for one type of server. */
export interface ToolServerDefinition<Shape extends z.ZodRawShape> {
  /** Its `type` in the config. */
  readonly type: string;
  /** What it is, in a few words, for the reference page. */
  readonly about: string;
  /** The keys of its block. */
  readonly config: Shape;
  /** Whether it is reached over the network, so that its certificate is checked. */
  readonly remote: boolean;
  /** How long connecting may take unless the block says otherwise, in ms. */
  readonly startTimeoutMs: number;
  /** Says what is wrong with a block beyond its keys. */
  readonly check?: (
    block: z.output<z.ZodObject<Shape>>,
    problem: (key: string, message: string) => void,
  ) => void;
  /** Reads its secrets; connects to nothing yet. */
  readonly open: (
    block: z.output<z.ZodObject<Shape>>,
    context: ToolServerContext,
  ) => ConnectServer | Promise<ConnectServer>;
}

/** A registered type of server, whatever its keys are. */
export interface ToolServerType extends ServiceType {
  /** The URL that calls go to; `undefined` where they stay on this machine. */
  readonly address: (block: unknown) => string | undefined;
  /** Reads its secrets and certificates. */
  readonly open: (
    block: unknown,
    context: Omit<ToolServerContext, "trust" | "secret">,
  ) => Promise<{ readonly connect: ConnectServer; readonly startTimeoutMs: number }>;
}

const common = z.object({
  startTimeoutMs: z.int(),
  tls: peerTlsConfig.optional(),
  url: z.string().optional(),
});

/** A text, or the place of one that is secret. */
export const textOrSecret: z.ZodType<string | SecretSource> = z.union([z.string(), secretSource]);

/** Registers a type of server: its config, its check and its line in the reference follow. */
export function defineToolServer<Shape extends z.ZodRawShape>(
  definition: ToolServerDefinition<Shape>,
): ToolServerType {
  const { type, about, config, remote, check } = definition;
  const schema = z.object(config);
  return {
    type,
    about,
    shape: {
      ...config,
      ...(remote && {
        tls: peerTlsConfig.prefault({}).describe("how the server's certificate is checked"),
      }),
      startTimeoutMs: z.int().min(100).max(600_000).default(definition.startTimeoutMs).describe(
        "how long connecting may take, its list of tools included",
      ),
    },
    check: (block, problem) => check?.(schema.parse(block), problem),
    address: (block) => common.parse(block).url,
    open: async (block, context) => {
      const key = `tools.servers.${context.server}`;
      const { startTimeoutMs, tls } = common.parse(block);
      const connect = await definition.open(schema.parse(block), {
        ...context,
        trust: await readPeerTrust(key, tls),
        secret: (name, source) => readKey(`${key}.${name}`, source),
      });
      return { connect, startTimeoutMs };
    },
  };
}

/** The values of a block's map with every secret read; `key` is the map's name in the block. */
export async function readTexts(
  key: string,
  texts: Readonly<Record<string, string | SecretSource>>,
  secret: ToolServerContext["secret"],
): Promise<Readonly<Record<string, string>>> {
  const entries = Object.entries(texts).map(async ([name, value]) =>
    [name, typeof value === "string" ? value : await secret(`${key}.${name}`, value)] as const
  );
  return Object.fromEntries(await Promise.all(entries));
}
