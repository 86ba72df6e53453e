import type { TestGateway } from "./test_gateway.ts";

/** What a gateway answered to somebody whom it does not let in. */
export interface Refusal {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
}

/** Asks for a WebSocket and reads the refusal; must not be used where the gateway would say yes. */
export async function knock(
  gateway: TestGateway,
  headers: Readonly<Record<string, string>> = {},
): Promise<Refusal> {
  await gateway.gateway.listening;
  const response = await fetch(gateway.http("/xiaozhi/v1/"), {
    headers: {
      "connection": "upgrade",
      "upgrade": "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    },
  });
  return {
    status: response.status,
    retryAfter: response.headers.get("retry-after"),
    body: await response.text(),
  };
}

/** Sends bytes as they are and gives what came back until the connection ended. */
export async function knockRaw(port: number, text: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(text));
  const parts: Uint8Array[] = [];
  try {
    for (let part = new Uint8Array(4_096);; part = new Uint8Array(4_096)) {
      const length = await connection.read(part);
      if (length === null) break;
      parts.push(part.subarray(0, length));
    }
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.ConnectionReset)) throw thrown;
  }
  return new TextDecoder("latin1").decode(await new Blob(parts.map((part) => part.slice())).arrayBuffer());
}
