import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "../support/fast_check.ts";
import { ByteReader } from "../../lib/device/byte_reader.ts";
import { RawWebSocket } from "../../lib/device/raw_websocket.ts";
import { encodeClientFrame, readServerFrame } from "../../lib/device/websocket_frame.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { test } from "../support/test.ts";

const UPGRADED = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

/** A gateway that answers one connection by a script over bare TCP. */
function scripted(script: (connection: Deno.Conn, request: string) => Promise<void>) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const done = (async () => {
    using connection = await listener.accept();
    const buffer = new Uint8Array(4096);
    let request = "";
    while (!request.endsWith("\r\n\r\n")) {
      const size = await connection.read(buffer);
      if (size === null) return;
      request += new TextDecoder().decode(buffer.subarray(0, size));
    }
    await script(connection, request);
  })();
  return {
    url: new URL(`ws://127.0.0.1:${listener.addr.port}/path?x=secret`),
    done,
    async [Symbol.asyncDispose]() {
      await done;
      listener.close();
    },
  };
}

async function write(connection: Deno.Conn, ...parts: (string | number[])[]): Promise<void> {
  for (const part of parts) {
    const bytes = typeof part === "string" ? new TextEncoder().encode(part) : Uint8Array.from(part);
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  }
}

async function readAll(connection: Deno.Conn): Promise<number[]> {
  const bytes: number[] = [];
  const buffer = new Uint8Array(4096);
  for (;;) {
    const size = await connection.read(buffer).catch(() => null);
    if (size === null) return bytes;
    bytes.push(...buffer.subarray(0, size));
  }
}

const NEVER = new AbortController().signal;

async function rejection(url: URL, signal = NEVER, connectTimeoutMs = 5_000): Promise<EarshotError> {
  return await assertRejects(() => RawWebSocket.connect(url, { connectTimeoutMs }, signal), EarshotError);
}

test("talks to Deno's own server: text and binary of every length class", async () => {
  let deviceId: string | null = null;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    deviceId = request.headers.get("device-id");
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = (event) => socket.send(event.data);
    return response;
  });
  const url = new URL(`ws://127.0.0.1:${server.addr.port}/`);
  const socket = await RawWebSocket.connect(url, { headers: { "Device-Id": "d1" } }, NEVER);
  const sent = ["", "你好", "x".repeat(125), "x".repeat(126), "x".repeat(65_535), "x".repeat(65_536)];
  const messages = socket[Symbol.asyncIterator]();
  for (const text of sent) {
    assert(socket.send(text));
    assertEquals((await messages.next()).value, text);
  }
  assert(socket.send(Uint8Array.of(1, 2, 3)));
  assertEquals((await messages.next()).value, Uint8Array.of(1, 2, 3));
  assertEquals(deviceId, "d1");
  socket.drop();
  assertEquals((await messages.next()).done, true);
  assertEquals(await socket.closed, { by: "device", code: 1006, reason: "" });
  assertEquals(socket.send("late"), false);
  await server.shutdown();
});

test("a dropped connection ends without a close frame", async () => {
  let bytes: number[] = [];
  let request = "";
  await using gateway = scripted(async (connection, text) => {
    request = text;
    await write(connection, UPGRADED);
    bytes = await readAll(connection);
  });
  const socket = await RawWebSocket.connect(gateway.url, {}, NEVER);
  socket.drop();
  await gateway.done;
  assertEquals(bytes, []);
  assert(request.includes("\r\nHost: 127.0.0.1\r\n"), "firmware's Host has no port");
  assert(!request.includes("Sec-WebSocket-Extensions"));
});

test("fragments are joined, with a ping between them answered", async () => {
  let bytes: number[] = [];
  await using gateway = scripted(async (connection) => {
    await write(connection, UPGRADED, [0x01, 1, 0x61, 0x00, 0], [0x89, 1, 0x2a], [0x80, 1, 0x62]);
    await write(connection, [0x88, 4, 0x0f, 0xa1, 0x6f, 0x6b]);
    bytes = await readAll(connection);
  });
  const socket = await RawWebSocket.connect(gateway.url, {}, NEVER);
  assertEquals(await Array.fromAsync(socket), ["ab"]);
  assertEquals(await socket.closed, { by: "gateway", code: 4001, reason: "ok" });
  await gateway.done;
  assertEquals(bytes[0], 0x8a);
  assertEquals((bytes[6] ?? 0) ^ (bytes[2] ?? 0), 0x2a);
  assertEquals(bytes.slice(7, 9), [0x88, 0x82]);
});

test("a gateway that breaks off or breaks the rules ends the connection with 1006", async () => {
  const faults = [[], [0x82], [0x82, 5, 1], [0x82, 0x81, 0, 0, 0, 0, 1], [0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0]];
  for (const bytes of faults) {
    await using gateway = scripted((connection) => write(connection, UPGRADED, bytes));
    const socket = await RawWebSocket.connect(gateway.url, {}, NEVER);
    assertEquals(await Array.fromAsync(socket), []);
    const { by, code } = await socket.closed;
    assertEquals({ by, code }, { by: "gateway", code: 1006 });
  }
});

test("a message that never ends is cut off", async () => {
  await using gateway = scripted(async (connection) => {
    await write(connection, UPGRADED);
    const chunk = [0x02, 126, 0xff, 0xff, ...new Array(0xffff).fill(0)];
    for (let count = 0; count < 1_000; count++) {
      try {
        await write(connection, chunk, [0x00, 0]);
        chunk[0] = 0;
      } catch {
        return;
      }
    }
    throw new Error("1000 fragments were taken");
  });
  const socket = await RawWebSocket.connect(gateway.url, {}, NEVER);
  assertEquals(await Array.fromAsync(socket), []);
});

test("a stalled socket reads nothing more, until it is dropped", async () => {
  let written = 0;
  await using gateway = scripted(async (connection) => {
    await write(connection, UPGRADED, [0x81, 1, 0x61]);
    const chunk = [0x82, 126, 0xff, 0xff, ...new Array(0xffff).fill(0)];
    try {
      for (;;) {
        await write(connection, chunk);
        written++;
      }
    } catch {
      // The device has gone.
    }
  });
  const socket = await RawWebSocket.connect(gateway.url, {}, NEVER);
  const messages = socket[Symbol.asyncIterator]();
  assertEquals((await messages.next()).value, "a");
  socket.stall();
  const next = messages.next();
  for (let before = -1; before < written;) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert(socket.send("still sending"));
  socket.drop();
  await Promise.race([next, socket.closed]);
  for await (const _ of messages);
});

test("a stalled socket that reads on gets everything that came meanwhile", async () => {
  const stalled = Promise.withResolvers<void>();
  await using gateway = scripted(async (connection) => {
    await write(connection, UPGRADED, [0x81, 1, 0x61]);
    await stalled.promise;
    await write(connection, [0x81, 1, 0x62], [0x81, 1, 0x63]);
  });
  const socket = await RawWebSocket.connect(gateway.url, {}, NEVER);
  const messages = socket[Symbol.asyncIterator]();
  assertEquals((await messages.next()).value, "a");
  socket.stall();
  const next = messages.next();
  stalled.resolve();
  await gateway.done;
  assertEquals(
    await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 100, "nothing"))]),
    "nothing",
  );
  socket.resume();
  assertEquals([(await next).value, (await messages.next()).value], ["b", "c"]);
  socket.drop();
  for await (const _ of messages);
});

test("messages to a gateway that does not read are dropped beyond the bound", async () => {
  const finish = Promise.withResolvers<void>();
  await using gateway = scripted(async (connection) => {
    await write(connection, UPGRADED);
    await finish.promise;
  });
  const socket = await RawWebSocket.connect(gateway.url, {}, NEVER);
  const chunk = new Uint8Array(60_000);
  let accepted = 0;
  for (let misses = 0; misses < 3; await new Promise((resolve) => setTimeout(resolve, 20))) {
    misses = socket.send(chunk) ? 0 : misses + 1;
    accepted++;
    if (accepted > 5_000) throw new Error("the queue has no bound");
    while (socket.send(chunk)) misses = 0;
  }
  assert(socket.bufferedBytes <= 256 * 1024 + 14);
  socket.drop();
  finish.resolve();
});

test("a refusal is an error that tells the status, and not the query", async () => {
  for (const [status, retryable] of [["401 Unauthorized", false], ["503 Busy", true]] as const) {
    await using gateway = scripted((connection) => write(connection, `HTTP/1.1 ${status}\r\n\r\n`));
    const error = await rejection(gateway.url);
    assertEquals([error.code, error.retryable], ["device.connect", retryable]);
    assert(error.message.includes(status) && !error.message.includes("secret"));
  }
});

test("a gateway that is not there, or is none, is an error", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  assertEquals((await rejection(new URL(`ws://127.0.0.1:${port}/`))).code, "device.connect");
  assertEquals((await rejection(new URL(`http://127.0.0.1:${port}/`))).retryable, false);
  await using silent = scripted(() => Promise.resolve());
  assertEquals((await rejection(silent.url)).code, "device.connect");
});

test("a gateway that does not answer is given up in time, and at once when told to", async () => {
  {
    await using gateway = scripted(async (connection) => void await readAll(connection));
    const error = await rejection(gateway.url, NEVER, 50);
    assertEquals(error.code, "device.connect");
  }
  await using gateway = scripted(async (connection) => void await readAll(connection));
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  assertEquals((await rejection(gateway.url, controller.signal)).code, "canceled");
});

test("any payload comes back through the mask, however the bytes arrive", async () => {
  const property = fc.asyncProperty(
    fc.uint8Array({ maxLength: 70_000, size: "max" }),
    fc.integer({ min: 1, max: 40_000 }),
    async (payload, step) => {
      const masked = encodeClientFrame(2, payload);
      const header = masked.length - payload.length;
      const mask = masked.subarray(header - 4, header);
      // What a server would send: the same frame without its mask.
      const plain = [...masked.subarray(0, header - 4)];
      plain[1] = (plain[1] ?? 0) & 0x7f;
      const stream = Uint8Array.from([
        ...plain,
        ...masked.subarray(header).map((byte, at) => byte ^ (mask[at & 3] ?? 0)),
      ]);
      let at = 0;
      const reader = new ByteReader({
        read(buffer) {
          const part = stream.subarray(at, at + Math.min(step, buffer.length));
          buffer.set(part);
          at += part.length;
          return Promise.resolve(part.length === 0 ? null : part.length);
        },
      });
      const frame = await readServerFrame(reader, 70_000);
      assertEquals(frame?.opcode, 2);
      assert(frame !== undefined && frame.payload.every((byte, index) => byte === payload[index]));
      assertEquals(frame.payload.length, payload.length);
      assertEquals(await readServerFrame(reader, 70_000), undefined);
    },
  );
  await fc.assert(property, { numRuns: 30 });
});
