import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { RawWebSocket } from "../../lib/device/mod.ts";
import { readTls } from "../../lib/server/mod.ts";
import { knockRaw } from "../support/knock.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { TestGateway, TRANSPORTS } from "../support/test_gateway.ts";

const PKI = new URL("../support/pki/", import.meta.url);
const FILES = { certFile: new URL("server.pem", PKI).pathname, keyFile: new URL("server.key", PKI).pathname };
const CA = await Deno.readTextFile(new URL("ca.pem", PKI));
const NEVER = new AbortController().signal;

async function secureGateway(http: "deno" | "ws"): Promise<TestGateway> {
  const server = { transport: http, tls: FILES, requestTimeoutMs: 500 };
  const gateway = new TestGateway(undefined, { server }, { tls: await readTls(FILES) });
  await gateway.gateway.listening;
  return gateway;
}

for (const { name: http } of TRANSPORTS) {
  test(`with a certificate everything is encrypted, and devices are told so [${http}]`, async () => {
    await using gateway = await secureGateway(http);
    using client = Deno.createHttpClient({ caCerts: [CA] });
    const base = `https://localhost:${gateway.gateway.port}`;
    assertEquals(gateway.gateway.urls[0].websocket, `wss://127.0.0.1:${gateway.gateway.port}/xiaozhi/v1/`);
    assertEquals((await (await fetch(`${base}/readyz`, { client })).json()).ready, true);
    const ota = await (await fetch(`${base}/xiaozhi/ota/`, { client, method: "POST", body: "{}" })).json();
    assertEquals(ota.websocket.url, `wss://localhost:${gateway.gateway.port}/xiaozhi/v1/`);

    const url = new URL(ota.websocket.url);
    const socket = await RawWebSocket.connect(url, { caCerts: [CA] }, NEVER);
    socket.send(JSON.stringify({ type: "hello" }));
    for await (const message of socket) {
      assertStringIncludes(String(message), `"type":"hello"`);
      break;
    }
    socket.drop();
  });

  test(
    `who does not encrypt, or stops in the handshake, is ended and takes nothing down [${http}]`,
    async () => {
      await using gateway = await secureGateway(http);
      const { port } = gateway.gateway;
      const answer = await knockRaw(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assert(!answer.includes("HTTP/"), answer);
      // The first bytes of a handshake that goes no further.
      using silent = await Deno.connect({ hostname: "127.0.0.1", port });
      await silent.write(Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00));
      if (http === "ws") assertEquals(await silent.read(new Uint8Array(100)), null);
      using client = Deno.createHttpClient({ caCerts: [CA] });
      assertEquals((await (await fetch(`https://localhost:${port}/readyz`, { client })).json()).ready, true);
    },
  );
}

test("a certificate that is not there, is none, or has another key is told as such", async () => {
  await withTempDir(async (dir) => {
    const refusal = async (files: Partial<typeof FILES>) => {
      const error = await assertRejects(() => readTls({ ...FILES, ...files }), EarshotError);
      assertEquals(error.code, "server.tls");
      return error.message;
    };
    assertStringIncludes(await refusal({ certFile: `${dir}/none.pem` }), "server.tls.certFile");
    await Deno.writeTextFile(`${dir}/nonsense.pem`, "nonsense");
    assertStringIncludes(await refusal({ certFile: `${dir}/nonsense.pem` }), "not a certificate and its key");
    assertStringIncludes(
      await refusal({ certFile: new URL("ca.pem", PKI).pathname }),
      "it is not the key of",
    );
  });
});
