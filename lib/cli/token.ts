import { z } from "zod";
import {
  authDir,
  DeviceFiles,
  issueToken,
  readDeviceId,
  readSetup,
  rotateTokenKeys,
  TokenKeys,
} from "../app/mod.ts";
import { EarshotError, EXIT } from "../errors/mod.ts";
import type { CommandSpec } from "./command.ts";
import { SETUP_FLAGS, setupOptions } from "./setup.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

const tokenOptions = setupOptions.extend({
  clientId: z.string().min(1).max(128).optional(),
  rotate: z.boolean().default(false),
});

/** `earshot token [DEVICE_ID]` */
export const token: CommandSpec<typeof tokenOptions> = {
  usage: "token [device]",
  summary: "approve a client that does not ask OTA and print its token; or change the key",
  examples: [
    "earshot token my-browser",
    "earshot token 02:00:00:aa:bb:cc --client-id 7b1f9f0e-0000-4000-8000-000000000001",
    "earshot token --rotate",
  ],
  flags: [
    ...SETUP_FLAGS,
    ["--client-id <uuid>", "the Client-Id that it connects with; without it that of its approval, or none"],
    [
      "--rotate",
      "make a new key that signs from now on; tokens of the one before count until the next rotation",
    ],
  ],
  permissions: ["read", "write", "env"],
  options: tokenOptions,
  async run({ options, args: [wanted], output }) {
    const { config, data } = await readSetup(options);
    const dir = authDir(data);
    const source = config.auth.keys;
    if (options.rotate) {
      await rotateTokenKeys({ dir, source });
      output.result(
        { type: "rotated" },
        "a new key signs from now on; the one before it counts until the next rotation",
      );
      if (wanted === undefined) return EXIT.ok;
    }
    const deviceId = readDeviceId(wanted ?? "");
    if (deviceId === undefined) {
      throw new EarshotError(
        "cli.usage",
        "Cannot make a token: name the device, as in earshot token 02:00:00:aa:bb:cc",
      );
    }
    const files = new DeviceFiles(dir);
    const approved = (await files.approved()).find((device) => device.deviceId === deviceId);
    const clientId = options.clientId ?? approved?.clientId ?? null;
    const nowMs = Date.now();
    const keys = await TokenKeys.open({ dir, source });
    const text = issueToken(keys.signing, { deviceId, clientId: clientId ?? undefined }, nowMs);
    if (approved === undefined || approved.clientId !== clientId) {
      await files.approve({ deviceId, clientId, approvedAt: new Date(nowMs).toISOString() });
    }
    const expiresAt = new Date(nowMs + config.auth.tokenDays * DAY_MS).toISOString();
    output.result({ type: "token", deviceId, clientId, token: text, expiresAt }, text);
    output.say(
      `good until ${expiresAt}, for ${deviceId}${clientId === null ? "" : ` with Client-Id ${clientId}`}`,
    );
    return EXIT.ok;
  },
};
