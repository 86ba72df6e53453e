import { Gateway, type GatewayEngines, type GatewayOptions } from "../../lib/app/mod.ts";
import type { AsrProvider } from "../../lib/asr/mod.ts";
import type { Engine } from "../../lib/engine/mod.ts";
import { denoTransport, type Transport } from "../../lib/server/mod.ts";
import { wsTransport } from "../../lib/server/transport/ws_transport.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import type { ServerEvent } from "../../lib/server/mod.ts";
import type { SessionEvent } from "../../lib/session/mod.ts";
import { test } from "./test.ts";
import { FakeEngine } from "./fake_engine.ts";
import { builtIn } from "./recognizers.ts";
import { until } from "./until.ts";
import { type ConfigChanges, configOf } from "./config_of.ts";

/** Every socket transport, by its name in the config. */
export const TRANSPORTS: readonly Transport[] = [denoTransport, wsTransport];

/** Where it is set, every test runs on this transport alone. */
const ONLY = Deno.env.get("EARSHOT_TEST_TRANSPORT");
/** The transport of tests that do not choose one. */
const DEFAULT_TRANSPORT = ONLY === "ws" ? "ws" : "deno";

/** What tests put in the place of the engine processes. */
export type TestEngine = GatewayEngines & Pick<Engine, "recognize">;

/** Tests may run several gateways at once, and each looks after its own scopes. */
let opened = 0;

/** A real gateway on a free port of this machine; disposing closes it and checks that nothing is left. */
export class TestGateway implements AsyncDisposable {
  readonly scope = new Scope(`test ${opened++}`, { closeDeadlineMs: 20_000 });
  readonly events: ServerEvent[] = [];
  readonly gateway: Gateway;

  constructor(
    engine: TestEngine = new FakeEngine(),
    changes: ConfigChanges = {},
    { service, recognizers, ...options }:
      & Pick<
        GatewayOptions,
        | "voiceprint"
        | "descriptorLimit"
        | "memory"
        | "automation"
        | "auth"
        | "tls"
        | "mqttKey"
        | "clock"
        | "llms"
        | "voices"
        | "timeZone"
        | "speechDir"
      >
      & {
        readonly recognizers?:
          GatewayOptions["recognizers"]; /** In the place of the one recognizer that the config names. */
        readonly service?: AsrProvider;
      } = {},
  ) {
    const { server, ...others } = changes;
    const config = configOf({
      ...others,
      server: { transport: DEFAULT_TRANSPORT, hostname: "127.0.0.1", port: 0, ...server },
    });
    const transport = TRANSPORTS.find(({ name }) => name === config.server.transport) ?? denoTransport;
    this.gateway = new Gateway({
      config,
      scope: this.scope,
      engines: engine,
      recognizers: recognizers ??
        (service === undefined
          ? builtIn(engine)
          : new Map(Object.keys(config.asr).map((name) => [name, service]))),
      transport,
      ...options,
      onEvent: (event) => this.events.push(event),
    });
  }

  /** The WebSocket address. */
  get url(): URL {
    return new URL(this.gateway.urls[0].websocket);
  }

  /** The address of an HTTP route. */
  http(path: string): string {
    return `http://127.0.0.1:${this.gateway.port}${path}`;
  }

  /** What sessions have told so far. */
  get sessionEvents(): readonly SessionEvent[] {
    return this.events.flatMap((event) => event.type === "session_event" ? [event.event] : []);
  }

  /** Resolves once `condition` holds. */
  async until(condition: () => boolean, what: string): Promise<void> {
    await until(condition, what);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scope.close();
    const { sessions, audioBytes, vadStreams, open } = this.gateway.stats;
    const left = { sessions, audioBytes, vadStreams, ...open };
    if (sessions + audioBytes + vadStreams + open.scopes + open.resources > 0) {
      throw new Error(`Cannot end the test: something is left: ${JSON.stringify(left)}`);
    }
  }
}

/** Opens a gateway on one transport and waits until it takes connections. */
export async function openGateway(
  http: Transport["name"],
  changes: ConfigChanges = {},
  engine: TestEngine = new FakeEngine(),
): Promise<TestGateway> {
  const gateway = new TestGateway(engine, { ...changes, server: { ...changes.server, transport: http } });
  await gateway.gateway.listening;
  return gateway;
}

/** The same test on every transport. */
export function testTransports(
  name: string,
  fn: (http: Transport["name"], t: Deno.TestContext) => Promise<void>,
): void {
  for (const http of TRANSPORTS) {
    if (ONLY === undefined || http.name === ONLY) test(`${name} [${http.name}]`, (t) => fn(http.name, t));
  }
}
