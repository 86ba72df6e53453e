import { assert, assertEquals, assertMatch } from "@std/assert";
import { createHmac } from "node:crypto";
import { EXIT } from "../../lib/errors/mod.ts";
import { objectsOf, runEarshot } from "../support/cli.ts";
import { HandDevice } from "../support/hand_device.ts";
import { Mosquitto, testBroker } from "../support/mosquitto.ts";
import { MqttSubscriber } from "../support/mqtt_subscriber.ts";
import { ServedGateway } from "../support/served_gateway.ts";
import { until } from "../support/until.ts";

const SECRET = "canary-secret-of-the-webhook";
const PASSWORD = "canary-password-of-the-broker";
const USER = { name: "earshot", password: PASSWORD };
const KITCHEN = "02:00:00:aa:bb:cc";
const WORDS = "earshot/02_00_00_aa_bb_cc/words";

/** A config that needs no weights, of agents that send their words to these. */
async function withReceivers(
  use: (
    parts: {
      readonly config: string;
      readonly broker: Mosquitto;
      readonly bodies: string[];
      readonly signed: boolean[];
    },
  ) => Promise<void>,
): Promise<void> {
  await using broker = await Mosquitto.start({ user: USER });
  const bodies: string[] = [];
  const signed: boolean[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const body = await request.text();
    const timestamp = request.headers.get("x-earshot-timestamp");
    const mac = createHmac("sha256", SECRET).update(`${timestamp}.${body}`).digest("hex");
    bodies.push(body);
    signed.push(request.headers.get("x-earshot-signature") === `sha256=${mac}`);
    return new Response(null, { status: 204 });
  });
  const config = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(
      config,
      `asr: { away: { type: funasr, url: "ws://127.0.0.1:9" } }
tts: { away: { type: openai, url: "http://127.0.0.1:9/v1" } }
agents:
  default: { automation: true }
  quiet: { automation: false }
devices:
  "${KITCHEN}": { name: Kitchen, room: kitchen }
  "02:00:00:aa:bb:dd": { agent: quiet }
automation:
  webhook: { url: "http://127.0.0.1:${server.addr.port}/hook", secret: { env: HOOK_SECRET } }
  mqtt: { url: "${broker.url}", username: ${USER.name}, password: { env: BROKER_PASSWORD } }
`,
    );
    await use({ config, broker, bodies, signed });
  } finally {
    await Deno.remove(config);
  }
}

testBroker(
  "serve: typed words and their answer reach webhook and broker, after every permission is given up",
  async () => {
    await withReceivers(async ({ config, broker, bodies, signed }) => {
      await using gateway = new ServedGateway(config, { HOOK_SECRET: SECRET, BROKER_PASSWORD: PASSWORD });
      const { websocket } = await gateway.next();
      await using subscriber = await MqttSubscriber.open(broker.port, USER);
      await until(() => subscriber.last("earshot/status") === "online");
      const host = { url: new URL(String(websocket)), gateway: { listening: Promise.resolve() } };
      await using quiet = await HandDevice.greet(host, { headers: { "Device-Id": "02:00:00:aa:bb:dd" } });
      quiet.say({ type: "listen", state: "detect", text: "canary-unheard" });
      await quiet.until(() => quiet.said.some((line) => line.startsWith("stt")), "its words");
      await using device = await HandDevice.greet(host, { headers: { "Device-Id": KITCHEN } });
      device.say({ type: "listen", state: "detect", text: "canary hello" });
      await until(() => subscriber.of(WORDS).length === 1);
      await until(() => subscriber.of("earshot/02_00_00_aa_bb_cc/answer").length === 1);
      await until(() => bodies.length === 2);
      assertEquals(signed, [true, true]);
      assertEquals(bodies.map((body) => JSON.parse(body).type), ["words", "answer"]);
      const [words] = subscriber.of(WORDS);
      assertEquals(words?.["device"], { id: KITCHEN, name: "Kitchen", room: "kitchen" });
      assert(!JSON.stringify(subscriber.messages).includes("canary-unheard"));
      const { code, last, stderr } = await gateway.end("SIGTERM");
      assertEquals([code, last["failed"], last["timedOut"]], [EXIT.ok, [], []]);
      await until(() => subscriber.last("earshot/status") === "offline");
      for (const canary of ["canary hello", SECRET, PASSWORD]) assert(!stderr.includes(canary), canary);
    });
  },
);

testBroker(
  "check: a signed ping reaches the webhook, the broker takes the password, and data is said to go there",
  async () => {
    await withReceivers(async ({ config, bodies, signed }) => {
      const run = (password: string) =>
        runEarshot(["check", "--json", "--config", config], {
          HOOK_SECRET: SECRET,
          BROKER_PASSWORD: password,
        });
      const reportsOf = (stdout: string) =>
        objectsOf(stdout).filter(({ service }) => String(service).startsWith("automation."));
      const right = await run(PASSWORD);
      assertEquals(reportsOf(right.stdout).map(({ service, ok, authorized }) => [service, ok, authorized]), [
        ["automation.webhook", true, "yes"],
        ["automation.mqtt", true, "yes"],
      ]);
      assertEquals([bodies.map((body) => JSON.parse(body).type), signed], [["ping"], [true]]);
      const data = objectsOf(right.stdout).filter(({ type }) => type === "data");
      assertEquals(data.map(({ agent, automation }) => [agent, automation]), [
        ["default", ["127.0.0.1"]],
        ["quiet", []],
      ]);
      const wrong = await run("wrong-password");
      const report = reportsOf(wrong.stdout).find(({ service }) => service === "automation.mqtt");
      assertEquals([report?.["ok"], report?.["reachable"], report?.["authorized"]], [false, "yes", "no"]);
      assertMatch(JSON.stringify(report), /automation\.auth/);
    });
  },
);
