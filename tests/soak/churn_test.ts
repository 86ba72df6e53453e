import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { FakeEngine } from "../support/fake_engine.ts";
import { openGateway, testTransports } from "../support/test_gateway.ts";
import { churn, VISITS } from "./support/churn_clients.ts";

/** Each kind of visit so often; `deno task soak` makes 10,000 visits and looks at the memory as well. */
const ROUNDS = 10;

testTransports("devices that come and go, most of them with a fault, leave nothing behind", async (http) => {
  const engine = new FakeEngine();
  await using gateway = await openGateway(http, { server: { pingTimeoutSeconds: 1 } }, engine);
  const kinds = Object.keys(VISITS).length;
  await churn(gateway.url, { count: kinds * ROUNDS, atOnce: 8 });
  const { stats } = gateway.gateway;
  await gateway.until(() => gateway.gateway.stats.sockets === 0, "every socket's end");
  assertEquals(stats.counters.sessionsOpened, ROUNDS * (kinds - 2), "two kinds never become a session");
  const { sessions, abandoned, audioBytes, vadStreams, admission, counters } = gateway.gateway.stats;
  assertEquals({ sessions, abandoned, audioBytes, vadStreams, held: admission.held }, {
    sessions: 0,
    abandoned: 0,
    audioBytes: 0,
    vadStreams: 0,
    held: 0,
  });
  assertEquals(counters.sessionsUnclean, 0);
  // Some that went in the middle of speech were answered as well, to nobody.
  assertGreaterOrEqual(counters.turnsText, ROUNDS * 2);
  // Deno keeps the timer of a closed socket until it fires.
  if (http === "deno") await new Promise((resolve) => setTimeout(resolve, 1_500));
});
