import { z } from "zod";
import { Gateway, HEARING_MODELS, openEngine } from "../app/mod.ts";
import { EXIT } from "../errors/mod.ts";
import { Scope, systemClock } from "../lifecycle/mod.ts";
import { lanAddresses, OTA_PATH, WEBSOCKET_PATH } from "../server/mod.ts";
import { configureLogging } from "../telemetry/mod.ts";
import { type CommandSpec, portOption } from "./command.ts";
import { fetchModels, readSetup, SETUP_FLAGS } from "./setup.ts";

const serveOptions = z.object({
  config: z.string().optional(),
  data: z.string().optional(),
  port: portOption.optional(),
  hostname: z.string().min(1).optional(),
  logLevel: z.enum(["debug", "info", "warning", "error"], "it is debug, info, warning or error").optional(),
});

/** `earshot serve` */
export const serve: CommandSpec<typeof serveOptions> = {
  usage: "serve",
  summary: "start the gateway",
  examples: ["earshot serve", "earshot serve --port 9000 --config box.yaml", "earshot serve --json --port 0"],
  flags: [
    ...SETUP_FLAGS,
    ["--port <port>", "the port that serves everything; 0 takes any free one"],
    ["--hostname <address>", "the address to listen on"],
    ["--log-level <level>", "debug, info, warning or error"],
  ],
  options: serveOptions,
  async run({ options, output, signal }) {
    const { port, hostname, logLevel } = options;
    const { config, source, store } = await readSetup(options, {
      ...(port !== undefined && { "server.port": port }),
      ...(hostname !== undefined && { "server.hostname": hostname }),
      ...(logLevel !== undefined && { "log.level": logLevel }),
    });
    await using _logging = configureLogging(config.log);
    await fetchModels(store, HEARING_MODELS, { output, signal });
    await using scope = new Scope("earshot", { closeDeadlineMs: 15_000 });
    const engine = await openEngine({ config, store, scope, clock: systemClock });
    // Native code lives in the engine process; nothing on the network side may load any.
    await Deno.permissions.revoke({ name: "ffi" });
    const gateway = new Gateway({ config, scope, engine });
    const http = gateway.localUrl.replace(/^ws/, "http").replace(WEBSOCKET_PATH, "/");
    const lan = lanUrls(config.server.hostname, gateway.port);
    output.result(
      { type: "listening", websocket: gateway.localUrl, http, lan: lan.map(({ websocket }) => websocket) },
      banner({ source, http, websocket: gateway.localUrl, lan }),
    );
    await aborted(signal);
    output.say("closing");
    const report = await gateway.close();
    await scope.close();
    const { total, ok, failed, timedOut, durationMs } = report;
    output.result(
      {
        type: "closed",
        total,
        ok,
        failed: failed.map(({ name }) => name),
        timedOut,
        durationMs: Math.round(durationMs),
      },
      `closed: ${ok} of ${total} resources released in ${Math.round(durationMs)} ms` +
        (timedOut.length > 0 ? `; abandoned: ${timedOut.join(", ")}` : ""),
    );
    return EXIT.ok;
  },
};

interface LanUrl {
  readonly websocket: string;
  readonly ota: string;
}

/** Under which URLs the devices of the network reach us. */
function lanUrls(hostname: string, port: number): readonly LanUrl[] {
  const everywhere = hostname === "0.0.0.0" || hostname === "::";
  return (everywhere ? lanAddresses() : [hostname]).map((address) => ({
    websocket: `ws://${address}:${port}${WEBSOCKET_PATH}`,
    ota: `http://${address}:${port}${OTA_PATH}`,
  }));
}

function banner(
  facts: {
    readonly source: string | undefined;
    readonly http: string;
    readonly websocket: string;
    readonly lan: readonly LanUrl[];
  },
): string {
  const { source, http, websocket, lan } = facts;
  const lines = ["Earshot is listening. Its embedded ear hears English.", ""];
  for (const { ota, websocket } of lan) {
    lines.push(`  type into a device    OTA URL        ${ota}`);
    lines.push(`  or, if it asks for it WebSocket URL  ${websocket}`);
  }
  lines.push(`  on this machine       WebSocket URL  ${websocket}`);
  lines.push(`                        health         ${http}healthz`);
  lines.push("", `  config: ${source ?? "defaults (no config.yaml here)"}`);
  lines.push(`  try it: earshot device --url ${websocket} speech.wav`);
  lines.push("  stop:   Ctrl-C", "");
  return lines.join("\n");
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
