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
