import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { HttpClient, openOutboundSockets, openSocket, openTcp, type SocketEnd } from "../../lib/net/mod.ts";
import { test } from "../support/test.ts";

const PKI = new URL("../support/pki/", import.meta.url);
const CERTIFICATE = {
  cert: Deno.readTextFileSync(new URL("server.pem", PKI)),
  key: Deno.readTextFileSync(new URL("server.key", PKI)),
};
const HANDLERS = { onMessage() {}, onWritable() {}, onClosed() {} };

/** What becomes of the attempt to reach a URL. */
async function reach(url: string, verify = true): Promise<EarshotError> {
  const signal = AbortSignal.timeout(10_000);
  if (/^ws/.test(url)) {
    return await assertRejects(() => openSocket({ url, trust: { verify } }, HANDLERS, signal), EarshotError);
  }
  const http = new HttpClient({ verify });
  try {
    return await assertRejects(() => http.text({ url }, signal), EarshotError);
  } finally {
    http.close();
  }
}

/** A server on bare TCP that answers plain HTTP, once it has read its lines; `onForeign` is what else it does. */
async function withPlain(
  onForeign: "waits" | "ends" | "answers",
  use: (port: number) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      void (async () => {
        const bytes = new Uint8Array(4_096);
        const read = await connection.read(bytes).catch(() => null) ?? 0;
        const plain = new TextDecoder().decode(bytes.subarray(0, read)).startsWith("GET ");
        if (plain || onForeign === "answers") {
          const answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
          await connection.write(new TextEncoder().encode(answer)).catch(() => {});
        } else if (onForeign === "waits") {
          while (await connection.read(bytes).catch(() => null) !== null);
        }
        connection.close();
      })();
    }
  })();
  try {
    await use(listener.addr.port);
  } finally {
    listener.close();
    await serving;
  }
}

for (const onForeign of ["answers", "ends", "waits"] as const) {
  test(`TLS toward a plain port that ${onForeign} is told as that, with the scheme to write`, async () => {
    await withPlain(onForeign, async (port) => {
      const rows = [["wss", "ws"], ["https", "http"]].flatMap((row) =>
        [true, false].map((verify) => [...row, verify] as const)
      );
      await Promise.all(rows.map(async ([scheme, right, verify]) => {
        const { code, message, retryable } = await reach(`${scheme}://127.0.0.1:${port}/`, verify === true);
        assertEquals([code, retryable], ["net.scheme", false], message);
        assert(message.includes(`127.0.0.1:${port}: it answers in plain HTTP there`), message);
        assert(message.endsWith(`write ${right}:// instead of ${scheme}://`), message);
      }));
    });
    assertEquals(openOutboundSockets(), 0);
  });
}

test("plain words toward a port with TLS are told as that, with the scheme to write", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, ...CERTIFICATE },
    () => new Response(),
  );
  const { port } = server.addr;
  for (const [scheme, right] of [["ws", "wss"], ["http", "https"]]) {
    const { code, message } = await reach(`${scheme}://127.0.0.1:${port}/`);
    assertEquals(code, "net.scheme", message);
    assertMatch(message, new RegExp(`it speaks TLS there; write ${right}:// instead of ${scheme}://$`));
  }
  const { promise, resolve } = Promise.withResolvers<SocketEnd>();
  const url = `tcp://127.0.0.1:${port}`;
  const handlers = { ...HANDLERS, onClosed: resolve };
  const connection = await openTcp({ url }, handlers, AbortSignal.timeout(10_000));
  connection.send('{"type":"describe"}\n');
  const { error } = await promise;
  assertEquals(error?.code, "net.scheme");
  assertMatch(error?.message ?? "", /it speaks TLS there; tcp:\/\/ knows none/);
  await server.shutdown();
});

test("a host with TLS whose certificate is not trusted, and one that is not there, are told as ever", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, ...CERTIFICATE },
    () => new Response(),
  );
  for (const scheme of ["wss", "https"]) {
    const { code } = await reach(`${scheme}://127.0.0.1:${server.addr.port}/`);
    assert(code === "net.certificate" || code === "net.unreachable", code);
  }
  await server.shutdown();
  for (const scheme of ["wss", "https", "ws", "http"]) {
    assertEquals((await reach(`${scheme}://127.0.0.1:${server.addr.port}/`)).code, "net.unreachable");
  }
});
