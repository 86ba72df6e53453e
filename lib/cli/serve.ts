import { getLogger } from "@logtape/logtape";
import { z } from "zod";
import {
  announceGateway,
  automationWarnings,
  dataSentence,
  type Gateway,
  type GatewayUrls,
  languageWarnings,
  openGateway,
  readSetup,
  serviceNeeds,
  type Setup,
  whereDataGoes,
} from "../app/mod.ts";
import { EXIT } from "../errors/mod.ts";
import { Scope, systemClock } from "../lifecycle/mod.ts";
import { configureLogging } from "../telemetry/mod.ts";
import { closedLines, closedResult } from "./closed_report.ts";
import { type CommandSpec, portOption } from "./command.ts";
import { SIMULATED_IDS } from "./device.ts";
import { earshotAlias } from "./how_to_run.ts";
import { keepOnly } from "./permissions.ts";
import { fetchModels, SETUP_FLAGS, setupOptions } from "./setup.ts";

const logger = getLogger(["earshot", "config"]);

const serveOptions = setupOptions.extend({
  port: portOption.optional(),
  hostname: z.string().min(1).optional(),
  logLevel: z.enum(["debug", "info", "warning", "error"], "give debug, info, warning or error").optional(),
});

/** `earshot serve` */
export const serve: CommandSpec<typeof serveOptions> = {
  usage: "serve",
  summary: "start the gateway",
  examples: [
    "earshot serve",
    "earshot serve --port 9000 --config home.yaml",
    "earshot serve --json --port 0",
  ],
  flags: [
    ...SETUP_FLAGS,
    ["--port <port>", "the port that serves everything; 0 takes any free one"],
    ["--hostname <address>", "the address to listen on"],
    ["--log-level <level>", "debug, info, warning or error"],
  ],
  permissions: ["read", "write", "net", "env", "sys", "run"],
  options: serveOptions,
  async run({ options, output, signal }) {
    const { port, hostname, logLevel } = options;
    const { config, source, warnings, data, store } = await readSetup({
      ...options,
      overrides: {
        ...(port !== undefined && { "server.port": port }),
        ...(hostname !== undefined && { "server.hostname": hostname }),
        ...(logLevel !== undefined && { "log.level": logLevel }),
      },
    });
    await using _logging = configureLogging(config.log);
    for (const warning of [...warnings, ...languageWarnings(config), ...automationWarnings(config)]) {
      logger.warn("{warning}", { warning });
    }
    await fetchModels({ config, store }, serviceNeeds(config).models, { output, signal });
    // A session may take closeMs; the rest is for the listener and the engine.
    await using scope = new Scope("earshot", { closeDeadlineMs: config.session.closeMs + 5_000 });
    const { gateway, operatorToken: token } = await openGateway({ config, data, store }, {
      scope,
      clock: systemClock,
      signal,
      afterReading: () => keepOnly(["read", "write", "net", "sys", "run"]),
    });
    await gateway.listening;
    const { urls: [local, ...lan], publicUrl } = gateway;
    if (token !== undefined) await announceGateway({ data, scope, url: local.http, token });
    output.result(
      {
        type: "listening",
        websocket: local.websocket,
        http: local.http,
        lan: lan.map(({ websocket }) => websocket),
        ...(publicUrl !== undefined && { told: publicUrl }),
      },
      banner(gateway, { source, config, options }),
    );
    await aborted(signal);
    const { sessions } = gateway.stats;
    const devices = sessions === 1 ? "1 device" : `${sessions} devices`;
    if (sessions > 0) output.remark(`letting ${devices} finish; once more ends it at once`);
    const drained = await gateway.drain();
    const report = await scope.close();
    output.result({ type: "closed", ...closedResult(report), drained }, closedLines(report));
    return EXIT.ok;
  },
};

/** Where the command line says the set-up is. */
type SetupFlags = z.output<typeof setupOptions>;

/** Approves the simulated device and gives it its token, which only the keys in the same data directory make. */
function tokenFlag(options: SetupFlags): string {
  const command = `earshot token ${SIMULATED_IDS.deviceId} --client-id ${SIMULATED_IDS.clientId}`;
  const flags = (["config", "data"] as const).map((name) => options[name] && ` --${name} ${options[name]}`);
  return ` --token "$(${command}${flags.join("")})"`;
}

function banner(
  { urls: [local, ...lan], publicUrl }: Pick<Gateway, "urls" | "publicUrl">,
  { source, config, options }: Pick<Setup, "source" | "config"> & { readonly options: SetupFlags },
): string {
  const alias = earshotAlias();
  const line = (where: string, what: string, url: string) => `  ${where.padEnd(22)}${what.padEnd(15)}${url}`;
  const forDevices = ({ ota, websocket, kind }: GatewayUrls) =>
    kind === "container" || kind === "vpn" ? [line(ELSEWHERE[kind], "OTA URL", ota)] : [
      line("type into a device", "OTA URL", ota),
      ...(publicUrl === undefined ? [line("or, where it asks", "WebSocket URL", websocket)] : []),
    ];
  return [
    hears(config),
    "",
    ...(publicUrl === undefined ? [] : [line("devices are told", "WebSocket URL", publicUrl)]),
    // Devices reach a gateway that listens on this machine alone through what is in front of it.
    ...(lan.length === 0 && publicUrl !== undefined
      ? [line("type into a device", "OTA URL", otaBehind(publicUrl))]
      : (lan.length > 0 ? lan : [local]).flatMap(forDevices)),
    line("on this machine", "WebSocket URL", local.websocket),
    line("", "health", `${local.http}healthz`),
    "",
    `  config   ${source ?? "defaults; there is no config.yaml here"}`,
    `  try it   earshot device --url ${local.websocket}${
      config.auth.required ? tokenFlag(options) : ""
    } speech.wav`,
    `  who      ${
      config.auth.required
        ? "approved devices only; see: earshot devices list"
        : "every device of this network; auth.required: true asks for your approval"
    }`,
    ...dataLines(config),
    ...(alias === undefined ? [] : [`  earshot  ${alias}`]),
    "  stop     Ctrl-C",
    "",
  ].join("\n");
}

/** The OTA URL of what is in front, which passes both on. */
function otaBehind(publicUrl: string): string {
  return new URL("/xiaozhi/ota/", publicUrl.replace(/^ws/, "http")).href;
}

/** Addresses that devices in the house do not reach, at the place of what to do with the others. */
const ELSEWHERE = { container: "containers only", vpn: "through the tunnel" } as const;

/** How many agents the first screen has room for. */
const SHOWN_AGENTS = 3;

/** Where sound, words and answers go, a line an agent. */
function dataLines(config: Setup["config"]): readonly string[] {
  const all = whereDataGoes(config);
  const sentences = all.slice(0, SHOWN_AGENTS).map(dataSentence);
  const more = all.length - sentences.length;
  if (more > 0) sentences.push(`and ${more} more; see: earshot check`);
  return sentences.map((sentence, index) => `${(index === 0 ? "  data" : "").padEnd(11)}${sentence}`);
}

function hears(config: Setup["config"]): string {
  const { recognizers, llms } = serviceNeeds(config);
  const namesOf = (services: readonly { readonly name: string }[]) =>
    services.map(({ name }) => name).join(", ");
  const hears = namesOf(recognizers) === "moonshine"
    ? "Its built-in recognizer, moonshine, hears English"
    : `Speech is recognized by ${namesOf(recognizers)}`;
  const answers = llms.length === 0
    ? "nothing is answered"
    : namesOf(llms) === "builtin"
    ? "its built-in answers need no language model"
    : `answers come from ${namesOf(llms)}`;
  return `Earshot is listening. ${hears}; ${answers}.`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
