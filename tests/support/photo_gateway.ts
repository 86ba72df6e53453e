import { type Clock, Scope, systemClock } from "../../lib/lifecycle/mod.ts";
import { authDir, DeviceFiles, issueToken, openAuth, TokenKeys } from "../../lib/server/mod.ts";
import { issuePhotoToken } from "../../lib/server/auth/photo_token.ts";
import { AnsweringGateway } from "./answering_gateway.ts";
import { type ConfigChanges, configOf } from "./config_of.ts";
import { FakeLlm } from "./fake_llm.ts";
import { HandDevice } from "./hand_device.ts";
import { withTempDir } from "./temp_dir.ts";

/** The device of a {@linkcode PhotoGateway}. */
export const CAMERA = { deviceId: "02:00:00:aa:bb:cc", clientId: "7b1f9f0e-0000-4000-8000-000000000001" };

/** A gateway that looks at photos of approved devices, with a scripted language model. */
export interface PhotoGateway {
  readonly gateway: AnsweringGateway;
  /** What looks at photos; it says `I see a cat.` unless told. */
  readonly eye: FakeLlm;
  readonly files: DeviceFiles;
  /** Where it keeps what it keeps. */
  readonly data: string;
  /** A token for photos of a device; of {@linkcode CAMERA}, from now, unless told. */
  token(device?: typeof CAMERA, nowMs?: number): string;
  /** A token with which a device may connect. */
  deviceToken(device?: typeof CAMERA): string;
  /** Connects a device. */
  connect(device?: typeof CAMERA): Promise<HandDevice>;
}

/** Runs `use` with a {@linkcode PhotoGateway} on a transport. */
export async function withPhotos(
  http: "deno" | "ws",
  use: (gateway: PhotoGateway) => Promise<void>,
  { changes = {}, open = false, clock = systemClock, eye = eyeOf(clock) }: {
    readonly changes?: ConfigChanges;
    /** Whether devices need no approval for it. */
    readonly open?: boolean;
    readonly clock?: Clock;
    readonly eye?: FakeLlm;
  } = {},
): Promise<void> {
  await withTempDir(async (data) => {
    await using scope = new Scope("auth");
    const { auth: config } = configOf({ auth: { required: true, ...changes.auth } });
    const onError = (error: Error) => {
      throw error;
    };
    const files = new DeviceFiles(authDir(data));
    await files.approve({ ...CAMERA, approvedAt: "now" });
    const auth = await openAuth({ config, data, scope, clock: systemClock, onError });
    await using gateway = new AnsweringGateway({}, {
      ...changes,
      auth: config,
      server: { ...changes.server, transport: http },
    }, {
      llm: eye,
      auth: { ...auth, operatorToken: "canary-operator" },
      clock,
      toolsConfig: { ...configOf({}).tools, open, vision: { llm: eye.name, maxTokens: 400 } },
      speechDir: `${data}/speech`,
    });
    await gateway.gateway.listening;
    const { signing: key } = await TokenKeys.open({ dir: authDir(data) });
    const deviceToken = (device = CAMERA) => issueToken(key, device, Date.now());
    await use({
      gateway,
      eye,
      files,
      data,
      token: (device = CAMERA, nowMs = Date.now()) => issuePhotoToken(key, device, nowMs),
      deviceToken,
      connect: (device = CAMERA) =>
        HandDevice.greet(gateway, {
          headers: {
            "Device-Id": device.deviceId,
            "Client-Id": device.clientId,
            Authorization: `Bearer ${deviceToken(device)}`,
          },
        }),
    });
  });
}

/** A language model that sees a cat in every photo; it is `builtin`, so that an agent may use it as well. */
export function eyeOf(clock: Clock): FakeLlm {
  return new FakeLlm({ clock, name: "builtin", vision: true, script: () => ({ text: "I see a cat." }) });
}
