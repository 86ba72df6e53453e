import { join } from "node:path";
import { Command } from "commander";
import { z } from "zod";
import {
  type ApprovedDevice,
  askGateway,
  authDir,
  changeConfig,
  type ConnectedDevice,
  DEFAULT_AGENT,
  DeviceFiles,
  type DeviceSettings,
  type PendingDevice,
  PinFiles,
  type PinnedDevice,
  readDeviceId,
  readSetup,
  type SetupOptions,
} from "../app/mod.ts";
import { EarshotError, EXIT } from "../errors/mod.ts";
import { type CommandSpec, defineCommand } from "./command.ts";
import { sayWarnings, SETUP_FLAGS, setupOptions } from "./setup.ts";

const approveOptions = setupOptions.extend({ clientId: z.string().min(1).max(128).optional() });

const list: CommandSpec<typeof setupOptions> = {
  usage: "list",
  summary: "list the devices that wait, those that are approved or pinned, and those that are connected",
  examples: ["earshot devices list", "earshot devices list --json"],
  flags: SETUP_FLAGS,
  permissions: ["read", "write", "env", "net"],
  options: setupOptions,
  async run({ options, output, signal }) {
    const { config, data, warnings } = await readSetup(options);
    sayWarnings({ warnings }, output);
    const files = new DeviceFiles(authDir(data));
    const [approved, pending] = [await files.approved(), await files.pending()];
    const pins = new PinFiles(authDir(data));
    // Where each device is approved, or all of them are trusted, no pin counts.
    const pinning = !config.auth.required && !config.tools.open;
    const { pins: pinned, damaged } = pinning ? await pins.read() : { pins: [], damaged: [] };
    const running = await askGateway(data, signal);
    const ofDevice = (
      state: string,
      device: ApprovedDevice | PendingDevice | ConnectedDevice | PinnedDevice | { deviceId: string },
      detail: string,
    ) => {
      const settings: DeviceSettings = config.devices[device.deviceId ?? ""] ?? {};
      const { name, room, agent } = settings;
      const shown = [name, room, agent && `agent ${agent}`].filter((part) => part !== undefined).join(", ");
      output.result(
        { type: "device", state, ...device, ...settings },
        [
          state.padEnd(10),
          (device.deviceId ?? "-").padEnd(18),
          ("board" in device ? device.board ?? "-" : "-").padEnd(22),
          ...(shown === "" ? [] : [`${shown};`]),
          detail,
        ].join(" "),
      );
    };
    for (const device of pending) ofDevice("waits", device, `code ${device.code}, asked ${device.askedAt}`);
    for (const device of approved) ofDevice("approved", device, `since ${device.approvedAt}`);
    for (const { device, seenMs } of pinned) {
      ofDevice("pinned", device, `since ${device.pinnedAt}, last seen ${new Date(seenMs).toISOString()}`);
    }
    for (const name of damaged) {
      const path = join(pins.dir, name);
      const remedy =
        "nobody is trusted under its Device-Id: earshot devices unpin DEVICE, or remove the file";
      output.result({ type: "damaged_pin", path }, `damaged    ${path} ${remedy}`);
    }
    const pinnedDevices = pinned.map(({ device }) => device);
    const listed = new Set([...pending, ...approved, ...pinnedDevices].map(({ deviceId }) => deviceId));
    for (const deviceId of Object.keys(config.devices)) {
      if (!listed.has(deviceId)) ofDevice("known", { deviceId }, "named in the config");
    }
    const counts = [
      `${approved.length} approved, ${pending.length} waiting`,
      ...(pinning ? [`${pinned.length} pinned`] : []),
    ].join(", ");
    switch (running.type) {
      case "connected":
        for (const device of running.devices) ofDevice("connected", device, connectionOf(device));
        output.say(`${counts}, ${running.devices.length} connected`);
        break;
      case "not_running":
        output.say(`${counts}; nobody is connected: no gateway runs with ${data}`);
        break;
      case "no_answer":
        output.say(
          `${counts}; who is connected is not known: the gateway (process ${running.pid}) does not answer`,
        );
    }
    if (!config.auth.required) output.say("nobody has to be approved: auth.required is false");
    if (config.tools.open) output.say("every device is trusted: tools.open is true");
    return EXIT.ok;
  },
};

const approve: CommandSpec<typeof approveOptions> = {
  usage: "approve <device>",
  summary: "approve a device, by the code that it shows or by its Device-Id",
  examples: [
    "earshot devices approve 123456",
    "earshot devices approve 02:00:00:aa:bb:cc",
    "earshot devices approve 02:00:00:aa:bb:cc --client-id 7b1f9f0e-0000-4000-8000-000000000001",
  ],
  flags: [...SETUP_FLAGS, [
    "--client-id <uuid>",
    "its Client-Id; needed for a device that has not asked yet",
  ]],
  permissions: ["read", "write", "env"],
  options: approveOptions,
  async run({ options, args: [wanted = ""], output }) {
    const { data } = await readSetup(options);
    const files = new DeviceFiles(authDir(data));
    const device = await applicant(files, wanted, options.clientId);
    await files.approve({ ...device, approvedAt: new Date().toISOString() });
    output.result({ type: "approved", ...device }, `approved: ${device.deviceId}`);
    return EXIT.ok;
  },
};

const revoke: CommandSpec<typeof setupOptions> = {
  usage: "revoke <device>",
  summary: "take the approval of a device back; a running gateway sends it away within a second or two",
  examples: ["earshot devices revoke 02:00:00:aa:bb:cc"],
  flags: SETUP_FLAGS,
  permissions: ["read", "write", "env"],
  options: setupOptions,
  async run({ options, args: [wanted = ""], output }) {
    const { config, data } = await readSetup(options);
    const deviceId = requireDeviceId(wanted);
    if (!await new DeviceFiles(authDir(data)).revoke(deviceId)) {
      throw new EarshotError("auth.unknown_device", `Cannot revoke ${deviceId}: it is not approved`);
    }
    output.result({ type: "revoked", deviceId }, `revoked: ${deviceId}`);
    if (config.auth.allowedDevices.some((id) => readDeviceId(id) === deviceId)) {
      output.say("it is still let in: auth.allowedDevices names it");
    }
    return EXIT.ok;
  },
};

const unpin: CommandSpec<typeof setupOptions> = {
  usage: "unpin <device>",
  summary: "trust the Client-Id no longer that came first with a Device-Id, but the next one to connect",
  examples: ["earshot devices unpin 02:00:00:aa:bb:cc"],
  flags: SETUP_FLAGS,
  permissions: ["read", "write", "env"],
  options: setupOptions,
  async run({ options, args: [wanted = ""], output }) {
    const { config, data } = await readSetup(options);
    const deviceId = requireDeviceId(wanted);
    if (!await new PinFiles(authDir(data)).remove(deviceId)) {
      throw new EarshotError("auth.unknown_device", `Cannot unpin ${deviceId}: nothing is pinned for it`);
    }
    output.result({ type: "unpinned", deviceId }, `unpinned: ${deviceId}; the next one to connect is pinned`);
    const approved = await new DeviceFiles(authDir(data)).approved();
    if (approved.some((device) => device.deviceId === deviceId)) {
      output.say("no other one is trusted all the same: it is approved (earshot devices revoke)");
    }
    if (config.auth.allowedDevices.some((id) => readDeviceId(id) === deviceId)) {
      output.say("every Client-Id is trusted with it: auth.allowedDevices names it");
    }
    return EXIT.ok;
  },
};

const text = z.string().trim().max(64, "give at most 64 characters")
  .regex(/^\P{Cc}*$/u, "give one line of plain text");
const setOptions = setupOptions.extend({
  agent: text.optional(),
  name: text.optional(),
  room: text.optional(),
});

const set: CommandSpec<typeof setOptions> = {
  usage: "set <device>",
  summary: "give a device an agent, a name or a room; an empty one takes it away",
  examples: [
    "earshot devices set 02:00:00:aa:bb:cc --name Kitchen --room kitchen",
    "earshot devices set 02:00:00:aa:bb:cc --agent kids",
    'earshot devices set 02:00:00:aa:bb:cc --agent ""',
  ],
  flags: [
    ...SETUP_FLAGS,
    ["--agent <name>", "its agent, by its name in agents"],
    ["--name <text>", "what people call it"],
    ["--room <text>", "where it stands"],
  ],
  permissions: ["read", "write", "env"],
  options: setOptions,
  async run({ options, args: [wanted = ""], output }) {
    const deviceId = requireDeviceId(wanted);
    const { agent, name, room } = options;
    const given = Object.entries({ agent, name, room }).filter(([, value]) => value !== undefined);
    if (given.length === 0) {
      throw new EarshotError("cli.usage", "Cannot set anything: give --agent, --name or --room");
    }
    // Taking an agent away is how a config is mended that names one which is gone.
    if (agent) await requireAgent(agent, { deviceId, setup: options });
    const changes = Object.fromEntries(given.map(([key, value]) => [key, value === "" ? null : value]));
    const path = await changeConfig(options, { devices: { [deviceId]: changes } });
    output.result(
      { type: "set", deviceId, ...changes, path },
      `set: ${deviceId}, in ${path}; restart a running gateway to use it`,
    );
    return EXIT.ok;
  },
};

/** `earshot devices list|approve|revoke|unpin|set` */
export function devicesCommand(onExit: (code: number) => void): Command {
  return new Command("devices")
    .description("list, approve, revoke, unpin and name devices")
    .addCommand(defineCommand(list, onExit))
    .addCommand(defineCommand(approve, onExit))
    .addCommand(defineCommand(revoke, onExit))
    .addCommand(defineCommand(unpin, onExit))
    .addCommand(defineCommand(set, onExit));
}

async function requireAgent(
  agent: string,
  { deviceId, setup }: { readonly deviceId: string; readonly setup: SetupOptions },
): Promise<void> {
  const { config } = await readSetup(setup);
  const agents = [...new Set([DEFAULT_AGENT, ...Object.keys(config.agents)])];
  if (agents.includes(agent)) return;
  throw new EarshotError(
    "cli.usage",
    `Cannot give ${deviceId} the agent ${agent}: the config has only ${agents.join(", ")}`,
  );
}

/** Why a device is not trusted, in words. */
const UNTRUSTED: Readonly<Record<NonNullable<ConnectedDevice["untrustedBecause"]>, string>> = {
  unnamed: "it sends no Device-Id",
  other_client: "another Client-Id came first (earshot devices unpin), or is approved",
  damaged: "the file of its pin is damaged (earshot devices unpin)",
  unread: "the pins could not be read when it came",
  full: "there is no room for its pin",
};

/** What tells duplicates, flooders and deaf ones from the others. */
function connectionOf(
  { firmware, address, transport, since, frames, turns, clientId, untrustedBecause }: ConnectedDevice,
): string {
  return [
    ...(untrustedBecause === undefined ? [] : [`NOT TRUSTED: ${UNTRUSTED[untrustedBecause]}`]),
    `from ${address}${transport === "websocket" ? "" : ` through the ${transport}`}, since ${since}`,
    `${frames} frames, ${turns.ended} turns, ${turns.withText} with words`,
    ...(firmware === undefined ? [] : [`firmware ${firmware}`]),
    ...(clientId === null ? [] : [`Client-Id ${clientId}`]),
  ].join(", ");
}

/** The device that is meant: one that waits, by its code or its id, or any that is named in full. */
async function applicant(
  files: DeviceFiles,
  wanted: string,
  clientId: string | undefined,
): Promise<Pick<ApprovedDevice, "deviceId" | "clientId" | "board">> {
  const deviceId = requireDeviceId(wanted);
  const waiting = (await files.pending()).filter((device) =>
    (device.code === wanted || device.deviceId === deviceId) &&
    (clientId === undefined || device.clientId === clientId)
  );
  const [device, ...others] = waiting;
  if (others.length > 0) {
    const codes = waiting.map(({ code }) => code).join(", ");
    throw new EarshotError(
      "auth.unknown_device",
      `Cannot approve ${wanted}: ${waiting.length} devices call themselves so; give the code of one: ${codes}`,
    );
  }
  if (device !== undefined) {
    const { board } = device;
    return { deviceId: device.deviceId, clientId: device.clientId, ...(board !== undefined && { board }) };
  }
  if (clientId !== undefined) return { deviceId, clientId };
  throw new EarshotError("auth.unknown_device", `Cannot approve ${wanted}: no such device waits`);
}

function requireDeviceId(wanted: string): string {
  const deviceId = readDeviceId(wanted);
  if (deviceId !== undefined) return deviceId;
  throw new EarshotError(
    "cli.usage",
    `Cannot use ${JSON.stringify(wanted)} as a Device-Id: give one as 02:00:00:aa:bb:cc`,
  );
}
