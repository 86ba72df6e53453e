import { delay } from "@std/async";
import { FAULTS } from "../soak/support/survival_faults.ts";
import { assert, assertEquals } from "@std/assert";
import { encodeClientFrame, OPCODE } from "../../lib/device/websocket_frame.ts";
import type { ConnectionBound } from "../../lib/server/mod.ts";
import { HandDevice } from "../support/hand_device.ts";
import { test } from "../support/test.ts";
import { openGateway, type TestGateway, testTransports } from "../support/test_gateway.ts";
import { inTime } from "../support/until.ts";

const encoder = new TextEncoder();
const HANDSHAKE = [
  "GET /xiaozhi/v1/ HTTP/1.1",
  "Host: earshot",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "",
  "",
].join("\r\n");

function connect(gateway: TestGateway): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port: gateway.gateway.port });
}

/** How many connections a bound has ended. */
function endedBy(gateway: TestGateway, bound: ConnectionBound): number {
  return gateway.events.filter((event) => event.type === "connection_ended" && event.bound === bound).length;
}

/** Resolves once the gateway has ended the connection. */
async function ended(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    while (await connection.read(buffer) !== null);
  } catch {
    // a reset is an end as well
  }
}

/** A bare connection that has become a WebSocket. */
async function upgraded(gateway: TestGateway): Promise<Deno.TcpConn> {
  const connection = await connect(gateway);
  await connection.write(encoder.encode(HANDSHAKE));
  await connection.read(new Uint8Array(1_024));
  return connection;
}

async function isServed(gateway: TestGateway): Promise<void> {
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(120);
  device.stop();
  await device.hears(["stt segment 0", "tts start", "tts stop"]);
}

/** A frame that begins or goes on with a message without ending it. */
function unfinished(opcode: number, sizeBytes: number): Uint8Array<ArrayBuffer> {
  const frame = encodeClientFrame(opcode, new Uint8Array(sizeBytes));
  frame[0] = opcode;
  return frame;
}

testTransports("a message that is too big ends an open turn before the close with 1009", async (http) => {
  for (const big of ["x".repeat(70_000), new Uint8Array(20_000), new Uint8Array(100_000)]) {
    await using gateway = await openGateway(http);
    await using device = await HandDevice.listen(gateway, "auto");
    device.speak(600);
    await gateway.until(() => gateway.gateway.stats.counters.turnsStarted > 0, "speech");
    if (typeof big === "string") device.say(big);
    else device.send(big);
    assertEquals((await device.ended).code, 1009);
    assertEquals(device.said, ["tts stop"]);
    const tooBig = gateway.events.filter(({ type }) => type === "message_too_big");
    assertEquals(tooBig.length, 1);
    await gateway.until(() => gateway.gateway.stats.sockets === 0, "the end of the socket");
  }
});

testTransports("a silent peer is ended within the ping timeout, and that is no leaving", async (http) => {
  await using gateway = await openGateway(http, { server: { pingTimeoutSeconds: 1 } });
  await using _silent = await HandDevice.greet(gateway, { reads: false });
  await gateway.until(() => gateway.gateway.stats.sockets === 1, "the device");
  const ends = () => gateway.sessionEvents.flatMap((event) => event.type === "closed" ? event.end.type : []);
  await gateway.until(() => ends().length === 1, "the end of the silent peer");
  assertEquals(ends(), ["ping_timeout"]);
});

testTransports("a device that says that it goes away has left", async (http) => {
  await using gateway = await openGateway(http, { server: { pingTimeoutSeconds: 1 } });
  using connection = await upgraded(gateway);
  await connection.write(encodeClientFrame(OPCODE.close, new Uint8Array([1001 >> 8, 1001 & 255])));
  const ends = () => gateway.sessionEvents.flatMap((event) => event.type === "closed" ? [event.end] : []);
  await gateway.until(() => ends().length === 1, "the end of the session");
  assertEquals(ends(), [{ type: "device_left", code: 1001 }]);
});

test("ws: a device that answers pings stays", async () => {
  await using gateway = await openGateway("ws", { server: { pingTimeoutSeconds: 1 } });
  await using _device = await HandDevice.greet(gateway);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  assertEquals(gateway.gateway.stats.sockets, 1);
});

test("ws: a device that writes and does not read is ended with its connection", async () => {
  await using gateway = await openGateway("ws", { session: { slowReaderMs: 200, outboxBytes: 65_536 } });
  await using device = await HandDevice.greet(gateway);
  device.stall();
  const stuck = () =>
    gateway.sessionEvents.some((event) => event.type === "closed" && event.end.type === "slow_reader");
  const sending = setInterval(() => {
    for (let count = 0; count < 400; count++) device.say({ type: "hello" });
  }, 20);
  try {
    await gateway.until(stuck, "the device being given up");
  } finally {
    clearInterval(sending);
  }
  await gateway.until(() => gateway.gateway.stats.sockets === 0, "the end of its connection");
  assertEquals(gateway.gateway.stats.abandoned, 0);
  await isServed(gateway);
});

test("ws: a fragmented giant is closed at its bound, and what follows is not kept", async () => {
  await using gateway = await openGateway("ws", { session: { closeHandshakeMs: 300 } });
  using connection = await upgraded(gateway);
  const end = ended(connection);
  const sending = (async () => {
    try {
      await connection.write(unfinished(OPCODE.binary, 60_000));
      for (let count = 0; count < 1_000; count++) await connection.write(unfinished(0, 60_000));
    } catch {
      // the gateway has ended the connection
    }
  })();
  await gateway.until(() => gateway.gateway.stats.sockets === 0, "the end of the connection");
  await Promise.all([end, sending]);
  assert(gateway.events.some(({ type }) => type === "message_too_big"));
  assertEquals(gateway.gateway.stats.abandoned, 0);
});

test("ws: a message without an end, bit by bit, is no sign of life", async () => {
  await using gateway = await openGateway("ws", { server: { pingTimeoutSeconds: 1 } });
  using connection = await upgraded(gateway);
  const end = ended(connection);
  await connection.write(unfinished(OPCODE.binary, 10));
  const drip = setInterval(() => void connection.write(unfinished(0, 10)).catch(() => {}), 100);
  try {
    await gateway.until(() => gateway.gateway.stats.sockets === 0, "the end of the connection");
  } finally {
    clearInterval(drip);
  }
  await end;
});

test("ws: half headers and idle connections are ended in time, a slow drip as well", async () => {
  await using gateway = await openGateway("ws", { server: { requestTimeoutMs: 400 } });
  using idle = await connect(gateway);
  using half = await connect(gateway);
  await half.write(encoder.encode("GET / HTTP/1.1\r\nHost: x\r\nX-Half: "));
  using body = await connect(gateway);
  await body.write(encoder.encode("POST /xiaozhi/ota/ HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"));
  const drip = setInterval(() => void half.write(encoder.encode("y")).catch(() => {}), 50);
  try {
    await inTime(Promise.all([idle, half, body].map(ended)), "the end of all three");
  } finally {
    clearInterval(drip);
  }
  await isServed(gateway);
  assertEquals(endedBy(gateway, "deadline"), 3);
});

test("ws: beyond the cap the oldest connection without a request goes", async () => {
  await using gateway = await openGateway("ws", { server: { maxWaitingConnections: 8 } });
  await using device = await HandDevice.greet(gateway);
  const idle: Deno.Conn[] = [];
  for (let count = 0; count < 20; count++) idle.push(await connect(gateway));
  await Promise.all(idle.slice(0, 12).map(ended));
  await isServed(gateway);
  await device.settled();
  assertEquals(endedBy(gateway, "waiting") >= 12, true);
  for (const connection of idle) connection.close();
});

test("ws: a head without an end, and what is no HTTP, are refused", async () => {
  await using gateway = await openGateway("ws");
  for (const text of [`GET / HTTP/1.1\r\nX: ${"y".repeat(20_000)}`, "\x16\x03\x01 this is TLS\r\n\r\n"]) {
    using connection = await connect(gateway);
    await connection.write(encoder.encode(text));
    const reply = new Uint8Array(100);
    const length = await connection.read(reply) ?? 0;
    assertEquals(
      new TextDecoder().decode(reply.subarray(0, length)).split("\r\n")[0],
      "HTTP/1.1 400 Bad Request",
    );
    await ended(connection);
  }
});

testTransports("a peer that answers no close: ws ends it, deno counts it until it goes", async (http) => {
  await using gateway = await openGateway(http, {
    session: { closeHandshakeMs: 200 },
    server: { pingTimeoutSeconds: 0 },
  });
  await using silent = await HandDevice.greet(gateway, { reads: false });
  await gateway.until(() => gateway.gateway.stats.sessions === 1, "the session");
  silent.say({ type: "goodbye" });
  await gateway.until(() => gateway.gateway.stats.sessions === 0, "the end of the session");
  if (http === "deno") {
    await gateway.until(() => gateway.gateway.stats.abandoned === 1, "the abandoned socket");
    assertEquals(gateway.gateway.stats.admission.held, 1);
    assertEquals(gateway.events.filter(({ type }) => type === "socket_abandoned").length, 1);
    silent.drop();
  }
  await gateway.until(() => gateway.gateway.stats.sockets === 0, "the end of the socket");
  assertEquals(gateway.gateway.stats.abandoned, 0);
  assertEquals(gateway.gateway.stats.admission.held, 0);
  // Deno's own closing of the socket fails a little after the socket has ended.
  if (http === "deno") await new Promise((resolve) => setTimeout(resolve, 100));
});

test(
  "deno: a reader that stalls is abandoned, counted and holds its place, until its connection has gone",
  async () => {
    await using gateway = await openGateway("deno", {
      server: { pingTimeoutSeconds: 2 },
      session: { outboxBytes: 16_384, slowReaderMs: 200, closeHandshakeMs: 200 },
    });
    const stalls = FAULTS.find(({ name }) => name === "stalled readers");
    const end = new AbortController();
    {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port: gateway.gateway.port });
      const acting = stalls?.act(connection, end.signal);
      const abandoned = () => gateway.gateway.stats.abandoned === 1;
      for (let waits = 0; !abandoned() && waits < 200; waits++) await delay(100);
      end.abort();
      await acting;
      const { abandoned: count, sockets, sessions, admission: { held } } = gateway.gateway.stats;
      assertEquals({ count, sockets, sessions, held }, { count: 1, sockets: 1, sessions: 0, held: 1 });
      assertEquals(gateway.events.filter(({ type }) => type === "socket_abandoned").length, 1);
    }
    await gateway.until(() => gateway.gateway.stats.abandoned === 0, "the connection's end");
    assertEquals([gateway.gateway.stats.sockets, gateway.gateway.stats.admission.held], [0, 0]);
  },
  { ignore: Deno.build.os !== "linux" },
);
