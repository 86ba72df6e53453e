import { assert, assertEquals, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { Automation, type MqttConnectionOptions, MqttSink, openMqtt } from "../../lib/automation/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { Mosquitto, testBroker } from "../support/mosquitto.ts";
import { MqttSubscriber } from "../support/mqtt_subscriber.ts";
import { test } from "../support/test.ts";
import { inTime, until } from "../support/until.ts";
import { answerOf, KITCHEN, wordsOf } from "./automation_rig.ts";

const WORDS = "earshot/02_00_00_aa_bb_cc/words";
const ANSWER = "earshot/02_00_00_aa_bb_cc/answer";
const STATUS = "earshot/status";
const SENSOR = "homeassistant/sensor/earshot_02_00_00_aa_bb_cc_words/config";
const CA = fileURLToPath(new URL("../support/pki/ca.pem", import.meta.url));

/** What sends to a broker; disposing closes it. */
function open(
  url: string,
  { devices = [], discovery = "homeassistant", ...broker }: Partial<MqttConnectionOptions> & {
    readonly devices?: readonly { readonly id: string; readonly name?: string; readonly room?: string }[];
    readonly discovery?: string | false;
  } = {},
) {
  const clock = systemClock;
  const mqtt = new MqttSink({
    url,
    trust: { verify: true },
    clock,
    topic: "earshot",
    discovery,
    devices,
    ...broker,
  });
  const automation = new Automation({
    mqtt,
    devices: { [KITCHEN]: { name: "Kitchen", room: "kitchen" } },
    clock,
    wallMs: () => 1_700_000_000_000,
  });
  return Object.assign(automation, {
    get sent() {
      return automation.stats.sinks.mqtt?.sent ?? 0;
    },
    [Symbol.asyncDispose]: () => automation.close(),
  });
}

async function codeOf(options: Partial<MqttConnectionOptions> & { readonly url: string }): Promise<string> {
  const error = await assertRejects(
    () => openMqtt({ trust: { verify: true }, clock: systemClock, ...options }, new AbortController().signal),
    EarshotError,
  );
  return error.code;
}

testBroker("MqttSink: words and answers come in order at the topics of their device", async () => {
  await using broker = await Mosquitto.start();
  await using subscriber = await MqttSubscriber.open(broker.port);
  await using automation = open(broker.url);
  automation.publish(wordsOf("turn on the light"), KITCHEN);
  automation.publish(answerOf("Done."), KITCHEN);
  automation.publish(wordsOf("who is there"), undefined);
  await until(() => automation.stats.sinks.mqtt?.sent === 3);
  await until(() => subscriber.of("earshot/unknown/words").length === 1);
  const [words] = subscriber.of(WORDS);
  assertEquals({ ...words, id: "" }, {
    version: 1,
    id: "",
    at: "2023-11-14T22:13:20.000Z",
    device: { id: KITCHEN, name: "Kitchen", room: "kitchen" },
    type: "words",
    agent: "default",
    turn: "s/1",
    text: "turn on the light",
    language: "en",
    source: "spoken",
  });
  assertEquals(subscriber.of(ANSWER).map(({ text }) => text), ["Done."]);
  assertEquals(subscriber.of("earshot/unknown/words").map(({ device }) => device), [{}]);
  assertEquals(subscriber.last(STATUS), "online");
  const topics = subscriber.messages.map(({ topic }) => topic);
  assert(topics.indexOf(WORDS) < topics.indexOf(ANSWER));
});

testBroker("MqttSink: discovery is retained, also of devices that have said nothing", async () => {
  await using broker = await Mosquitto.start();
  await using automation = open(broker.url, { devices: [{ id: "desk lamp!", room: "office" }] });
  automation.publish(wordsOf("hello"), KITCHEN);
  await until(() => automation.stats.sinks.mqtt?.sent === 1);
  await using late = await MqttSubscriber.open(broker.port);
  await until(() => late.messages.length >= 7, "retained messages", {
    found: () => JSON.stringify(late.messages),
  });
  assert(late.messages.every(({ retained }) => retained));
  // Words stay with nobody.
  assertEquals(late.of(WORDS), []);
  assertEquals(late.of(SENSOR), [{
    name: "Last words",
    unique_id: "earshot_02_00_00_aa_bb_cc_words",
    availability_topic: STATUS,
    device: {
      identifiers: ["earshot_02_00_00_aa_bb_cc"],
      name: "Kitchen",
      manufacturer: "Earshot",
      suggested_area: "kitchen",
    },
    origin: { name: "Earshot" },
    icon: "mdi:comment-text-outline",
    state_topic: WORDS,
    value_template: "{{ value_json.text[:255] }}",
    json_attributes_topic: WORDS,
    force_update: true,
  }]);
  const configs = late.messages.map(({ topic }) => topic).filter((topic) => topic.endsWith("/config")).sort();
  assertEquals(configs.length, 6);
  for (const topic of configs) {
    assert(/^homeassistant\/(sensor|event)\/[\w-]{1,100}\/config$/.test(topic), topic);
  }
});

testBroker("MqttSink: of 300 devices Home Assistant is told of 256, and the words of all come", async () => {
  await using broker = await Mosquitto.start();
  await using subscriber = await MqttSubscriber.open(broker.port);
  await using automation = open(broker.url);
  for (let count = 0; count < 300; count++) automation.publish(wordsOf("hello"), `device-${count}`);
  await until(() => automation.stats.sinks.mqtt?.sent === 300);
  await until(() => subscriber.messages.filter(({ topic }) => topic.endsWith("/words")).length === 300);
  assertEquals(
    subscriber.messages.filter(({ topic }) => topic.startsWith("homeassistant/sensor/")).length,
    512,
  );
});

testBroker("MqttSink: without discovery Home Assistant is told nothing", async () => {
  await using broker = await Mosquitto.start();
  await using automation = open(broker.url, { discovery: false, devices: [{ id: KITCHEN }] });
  automation.publish(wordsOf("hello"), KITCHEN);
  await until(() => automation.stats.sinks.mqtt?.sent === 1);
  await using late = await MqttSubscriber.open(broker.port);
  await until(() => late.messages.length > 0);
  assertEquals(late.messages.map(({ topic }) => topic), [STATUS]);
});

testBroker(
  "MqttSink: a goodbye says offline, and so does the last will of a connection that breaks",
  async () => {
    await using broker = await Mosquitto.start();
    await using subscriber = await MqttSubscriber.open(broker.port);
    const automation = open(broker.url);
    await until(() => subscriber.last(STATUS) === "online");
    await automation.close();
    await automation.close();
    await until(() => subscriber.last(STATUS) === "offline");
    const connection = await openMqtt({
      url: broker.url,
      trust: { verify: true },
      will: { topic: STATUS, payload: "gone", retain: true },
      clock: systemClock,
    }, new AbortController().signal);
    connection.destroy();
    await until(() => subscriber.last(STATUS) === "gone");
  },
);

testBroker(
  "MqttSink: what is said while the broker is away comes once it is back, and discovery again",
  async () => {
    await using broker = await Mosquitto.start();
    await using automation = open(broker.url);
    automation.publish(wordsOf("one"), KITCHEN);
    await until(() => automation.stats.sinks.mqtt?.sent === 1 && automation.stats.connected);
    await broker.stop();
    await until(() => !automation.stats.connected);
    for (const text of ["two", "three", "four"]) automation.publish(wordsOf(text), KITCHEN);
    assertEquals(automation.stats.sinks.mqtt?.queued, 3);
    await broker.resume();
    await using subscriber = await MqttSubscriber.open(broker.port);
    await until(() => automation.stats.sinks.mqtt?.sent === 4);
    await until(() => subscriber.of(WORDS).length === 3);
    assertEquals(subscriber.of(WORDS).map(({ text }) => text), ["two", "three", "four"]);
    assertEquals(subscriber.of(SENSOR).length, 1);
    assertEquals(subscriber.last(STATUS), "online");
  },
);

testBroker("MqttSink: of 10,000 events while nobody is there 1,000 wait, the newest", async () => {
  await using broker = await Mosquitto.start();
  await broker.stop();
  await using automation = open(broker.url);
  for (let count = 0; count < 10_000; count++) automation.publish(wordsOf(`w${count}`), KITCHEN);
  const { queued = 0, dropped = 0 } = automation.stats.sinks.mqtt ?? {};
  assertEquals([queued, dropped], [1_000, 9_000]);
  await broker.resume();
  await using subscriber = await MqttSubscriber.open(broker.port);
  await until(() => automation.stats.sinks.mqtt?.queued === 0);
  await until(() => subscriber.of(WORDS).length >= 1_000);
  assertEquals(subscriber.of(WORDS).map(({ text }) => text).slice(-2), ["w9998", "w9999"]);
});

testBroker(
  "MqttSink: a broker that answers nothing any more is left, and closing takes two seconds at most",
  async () => {
    await using broker = await Mosquitto.start();
    const automation = open(broker.url);
    await until(() => automation.stats.connected);
    broker.freeze();
    automation.publish(wordsOf("one"), KITCHEN);
    automation.publish(wordsOf("two"), KITCHEN);
    const beganMs = performance.now();
    await inTime(automation.close(), "a close");
    const tookMs = performance.now() - beganMs;
    assert(tookMs < 2_500, `it took ${tookMs} ms`);
    assertEquals(automation.stats.sinks.mqtt?.dropped, 2);
  },
);

testBroker(
  "openMqtt: a broker that acknowledges nothing for 10 s is left, and the event may be tried again",
  async () => {
    await using broker = await Mosquitto.start();
    const clock = new FakeClock();
    const connection = await openMqtt(
      { url: broker.url, trust: { verify: true }, clock },
      new AbortController().signal,
    );
    broker.freeze();
    const publishing = assertRejects(() => connection.publish({ topic: "t", payload: "p" }), EarshotError);
    await clock.advance(10_000);
    const { code, retryable } = await publishing;
    assertEquals([code, retryable], ["automation.timeout", true]);
    assertEquals((await connection.closed).code, "automation.timeout");
    assertEquals(clock.pending, 0);
  },
);

testBroker("openMqtt: a wrong password is told as such, and a right one is taken", async () => {
  const user = { name: "earshot", password: "canary-password" };
  await using broker = await Mosquitto.start({ user });
  assertEquals(await codeOf({ url: broker.url, username: user.name, password: "wrong" }), "automation.auth");
  assertEquals(await codeOf({ url: broker.url }), "automation.auth");
  await using subscriber = await MqttSubscriber.open(broker.port, user);
  await using _automation = open(broker.url, { username: user.name, password: user.password });
  await until(() => subscriber.last(STATUS) === "online");
});

testBroker("openMqtt: TLS by the authority that is given, and nothing without it", async () => {
  await using broker = await Mosquitto.start({ tls: true });
  const url = `mqtts://127.0.0.1:${broker.port}`;
  assertEquals(await codeOf({ url }), "net.certificate");
  for (const trust of [{ verify: true, caCert: await Deno.readTextFile(CA) }, { verify: false }]) {
    const connection = await openMqtt({ url, trust, clock: systemClock }, new AbortController().signal);
    await connection.publish({ topic: "t", payload: "p" });
    await connection.close();
  }
});

test("openMqtt: a port that nobody listens at, a peer that is silent, speaks something else or hangs up", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `mqtt://127.0.0.1:${listener.addr.port}`;
  const serve = async (use: (peer: Deno.TcpConn) => Promise<void>) => {
    using peer = await listener.accept();
    await use(peer);
  };
  const hangsUp = serve(() => Promise.resolve());
  assert(["automation.refused", "net.unreachable"].includes(await codeOf({ url })));
  await hangsUp;
  const garbage = serve(async (peer) => {
    await peer.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await peer.read(new Uint8Array(1)).catch(() => {});
    await peer.readable.pipeTo(new WritableStream()).catch(() => {});
  }).catch(() => {});
  assert(/^(automation|net)\./.test(await codeOf({ url })));
  await garbage;
  const silent = listener.accept();
  const giveUp = new AbortController();
  const waiting = assertRejects(
    () => openMqtt({ url, trust: { verify: true }, clock: systemClock }, giveUp.signal),
    EarshotError,
  );
  using _peer = await silent;
  giveUp.abort();
  assertEquals((await waiting).code, "canceled");
  const { port } = listener.addr;
  listener.close();
  assertEquals(await codeOf({ url: `mqtt://127.0.0.1:${port}` }), "net.unreachable");
});
