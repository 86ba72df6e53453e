import { assert, assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { HttpRefusal, openOutboundSockets, openSocket, safeDetail } from "../../lib/net/mod.ts";
import { encodeRfc3986, hmacBase64 } from "../../lib/net/mod.ts";
import { type Dialect, Emulator, EMULATOR_CA } from "../support/emulators/emulator.ts";
import { rememberSecret } from "../../lib/secrets/mod.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";

const echo: Dialect = {
  connect: (io) => ({
    text: (message) => io.send(message),
    binary: (message) => io.send(message),
    partial() {},
    final() {},
    end() {},
    error() {},
  }),
};
const TRUST = { verify: true, caCert: EMULATOR_CA };
const IGNORE = { onMessage() {}, onWritable() {}, onClosed() {} };
const NEVER = new AbortController().signal;

async function settled(): Promise<void> {
  await until(() => openOutboundSockets() === 0, "the end of every connection");
}

test("a refusal on TLS keeps its status, headers and body", async () => {
  const fault = { at: "connect", what: "refuse", status: 403, body: '{"code":45000030}' } as const;
  await using emulator = await Emulator.start(echo, { tls: true, script: { fault } });
  const error = await assertRejects(
    () => openSocket({ url: emulator.origin, trust: TRUST }, IGNORE, NEVER),
    HttpRefusal,
  );
  assertEquals([error.status, error.body, error.headers.get("content-type")], [
    403,
    '{"code":45000030}',
    "application/json",
  ]);
  await settled();
});

test("text and bytes come back as they went, and closing is told once", async () => {
  await using emulator = await Emulator.start(echo, { tls: true });
  const got: (string | Uint8Array)[] = [];
  const both = Promise.withResolvers<void>();
  const closed: number[] = [];
  const gone = Promise.withResolvers<void>();
  const connection = await openSocket({ url: emulator.origin, trust: TRUST }, {
    ...IGNORE,
    onMessage: (message) => got.push(message) === 2 && both.resolve(),
    onClosed: ({ code }) => {
      closed.push(code);
      gone.resolve();
    },
  }, NEVER);
  connection.send("早上好");
  connection.send(Uint8Array.of(0, 255));
  await both.promise;
  assertEquals(got, ["早上好", Uint8Array.of(0, 255)]);
  connection.close();
  await gone.promise;
  connection.close();
  connection.destroy();
  assertEquals(closed, [1000]);
  await settled();
});

test("a ping is answered by who reads, and by nobody else", async () => {
  for (const hangs of [false, true]) {
    const fault = { at: "start", what: "hang" } as const;
    const dialect: Dialect = {
      connect: (io, request) => {
        const dialogue = echo.connect?.(io, request);
        if (dialogue === undefined) throw new Error("it has WebSockets");
        return { ...dialogue, text: (message) => io.performer.start() && io.send(message) };
      },
    };
    await using emulator = await Emulator.start(dialect, { script: hangs ? { fault } : {} });
    const life = new AbortController();
    const connection = await openSocket({ url: emulator.origin }, IGNORE, life.signal);
    connection.send("hello");
    let answers = 0;
    await new Promise((resolve) => setTimeout(resolve, 20)); // it has read the hello
    connection.ping?.(() => answers++);
    await new Promise((resolve) => setTimeout(resolve, 60));
    assertEquals(answers, hangs ? 0 : 1);
    life.abort();
    connection.ping?.(() => answers++);
    emulator.wake();
    await settled();
    assertEquals(answers, hangs ? 0 : 1);
  }
});

test("a certificate that nobody trusts is an error of its own, unless it is not to be checked", async () => {
  await using emulator = await Emulator.start(echo, { tls: true });
  const error = await assertRejects(() => openSocket({ url: emulator.origin }, IGNORE, NEVER), EarshotError);
  assertEquals(error.code, "net.certificate");
  assertEquals(/certificate/.test(error.message), true, error.message);
  const connection = await openSocket({ url: emulator.origin, trust: { verify: false } }, IGNORE, NEVER);
  connection.destroy();
  connection.destroy();
  await settled();
});

test("nobody there, a name that does not exist, and a signal that had aborted", async () => {
  for (const url of ["ws://localhost:1", "ws://no-such-host.invalid"]) {
    const error = await assertRejects(() => openSocket({ url }, IGNORE, NEVER), EarshotError);
    assertEquals([error.code, error.retryable], ["net.unreachable", true]);
  }
  const error = await assertRejects(
    () => openSocket({ url: "ws://localhost:1" }, IGNORE, AbortSignal.abort()),
    EarshotError,
  );
  assertEquals(error.code, "canceled");
  await settled();
});

test("what a host said is repeated without anything that looks like a key, on one line", () => {
  assertEquals(safeDetail("bad key sk-abcdefghijklmnopqrstuvwxyz0123\r\n  here"), "bad key … here");
  assertEquals(safeDetail("x ".repeat(500)).length, 241);
  for (const secret of ["canary", "canary-7f1c", "a"]) rememberSecret(secret);
  assertEquals(safeDetail("no canary-7f1c, no canary, a bird"), "no …, no …, a bird");
});

test("signatures are the ones of the standards", () => {
  // RFC 2202, test case 2, as base64.
  assertEquals(
    hmacBase64("sha1", { secret: "Jefe", text: "what do ya want for nothing?" }),
    "7/zfauXrL6LSdBbV8YTfnCWafHk=",
  );
  assertEquals(encodeRfc3986("a b*~!'()"), "a%20b%2A~%21%27%28%29");
});

test("a paused connection is not read, so that the other side is held up; it goes on, and ends, as ever", async () => {
  for (const tls of [false, true]) {
    let sent = 0;
    const flood: Dialect = {
      connect: (io, request) => ({
        ...(echo.connect?.(io, request) ?? fail()),
        text: () => {
          for (; sent < 640; sent++) io.send(new Uint8Array(100_000));
        },
      }),
    };
    await using emulator = await Emulator.start(flood, { tls });
    let got = 0;
    const connection = await openSocket({ url: emulator.origin, trust: TRUST }, {
      ...IGNORE,
      onMessage: () => {
        if (++got === 1) connection.pause?.();
      },
    }, NEVER);
    connection.send("go");
    let before = 0;
    let quiet = 0;
    await until(async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      quiet = got > 0 && before === got ? quiet + 1 : 0;
      before = got;
      return quiet === 4;
    }, "nothing comes any more");
    assert(got < 20, `${got} messages came of a connection that is not read`);
    connection.resume?.();
    await until(() => got > 100, "the rest");
    connection.pause?.();
    connection.destroy();
    await settled();
  }
});

function fail(): never {
  throw new Error("it has WebSockets");
}
