import { type Clock, Scope, systemClock } from "../../lib/lifecycle/mod.ts";
import { authDir, DeviceFiles, openAuth, TokenKeys } from "../../lib/server/mod.ts";
import { withTempDir } from "./temp_dir.ts";
import { TestGateway } from "./test_gateway.ts";
import { type ConfigChanges, configOf } from "./config_of.ts";

/** The ids of the device that tests ask with unless they name another. */
export const DEVICE_HEADERS = {
  "Device-Id": "02:00:00:aa:bb:cc",
  "Client-Id": "7b1f9f0e-0000-4000-8000-000000000001",
} as const;

/** A gateway that lets in approved devices only, and what it decides with. */
export interface Guarded {
  /** The gateway. */
  readonly gateway: TestGateway;
  /** Who is approved and who waits. */
  readonly files: DeviceFiles;
  /** What signs tokens. */
  readonly key: string;
}

/** Runs `use` with a gateway that lets in approved devices only. */
export async function withGuard(
  http: "deno" | "ws",
  changes: ConfigChanges,
  use: (guarded: Guarded) => Promise<void>,
  clock: Clock = systemClock,
): Promise<void> {
  await withTempDir(async (data) => {
    await using scope = new Scope("auth");
    const all = {
      ...changes,
      server: { transport: http, ...changes.server },
      auth: { required: true, ...changes.auth },
    };
    const { auth: config } = configOf({ auth: all.auth });
    const auth = await openAuth({
      config,
      data,
      scope,
      clock: systemClock,
      onError: (error) => {
        throw error;
      },
    });
    await using gateway = new TestGateway(undefined, all, { auth, clock });
    await gateway.gateway.listening;
    const { signing: key } = await TokenKeys.open({ dir: authDir(data) });
    await use({ gateway, files: new DeviceFiles(authDir(data)), key });
  });
}

/** What OTA answered to a device; its shape is looked at by the tests. */
export interface OtaAnswerSeen {
  readonly status: number;
  // deno-lint-ignore no-explicit-any -- parsed JSON, which tests take apart field by field
  readonly body: any;
}

/** Asks OTA as a device does. */
export async function askOta(
  gateway: TestGateway,
  headers: Readonly<Record<string, string>> = DEVICE_HEADERS,
  path = "/xiaozhi/ota/",
): Promise<OtaAnswerSeen> {
  const response = await fetch(gateway.http(path), { method: "POST", headers, body: "{}" });
  return { status: response.status, body: await response.json() };
}
