import type { Clock, Scope } from "../lifecycle/mod.ts";
import {
  type MusicSource,
  musicSource,
  openRequests,
  openToolServers,
  type RequestsSource,
  type ToolsConfig,
  type ToolServers,
  type ToolSource,
} from "../tools/mod.ts";
import { VERSION } from "./version.ts";

/** Where tools come from that all devices share. */
export interface SharedTools {
  readonly sources: readonly ToolSource[];
  readonly servers: ToolServers;
  readonly requests: RequestsSource;
  /** Absent where no folder with music is configured. */
  readonly music: MusicSource | undefined;
}

/**
 * Opens what the config says of tools; `scope` owns it. Secrets are read now, and no server is waited for.
 *
 * @throws {EarshotError} `config.secret`, `config.invalid`
 */
export async function openSharedTools(
  config: ToolsConfig,
  { scope, clock }: { readonly scope: Scope; readonly clock: Clock },
): Promise<SharedTools> {
  const requests = await openRequests(config.requests, { clock });
  scope.own("web requests", () => requests.close());
  const music = config.music && musicSource(config.music, { clock });
  if (music !== undefined) scope.own("music", () => music.close());
  const servers = await openToolServers(config, { scope, clock, version: VERSION });
  return {
    sources: [...(music === undefined ? [] : [music]), requests, ...servers.sources],
    servers,
    requests,
    music,
  };
}
