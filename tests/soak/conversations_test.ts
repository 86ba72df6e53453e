import { assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { EmulatedServices } from "../support/emulated_services.ts";
import { fastClock } from "../support/fast_clock.ts";
import { FakeMemory } from "../support/fake_memory.ts";
import { TestGateway, testTransports } from "../support/test_gateway.ts";
import { until } from "../support/until.ts";
import { behaviorOf, CONVERSATIONS, speechOf } from "./support/conversation_kinds.ts";
import { converse, nothingSaid } from "./support/converse.ts";
import { CONVERSATION_CONFIG, UnsteadyEngine } from "./support/unsteady_engine.ts";

const SPEED = 4;
/** Long enough for a busy machine; one transport pings by the gateway's clock, the other by the system's. */
const PING_TIMEOUT_SECONDS = 5;

testTransports("a conversation with each fault leaves nothing behind, and nobody waiting", async (http) => {
  const { llm, tts, agent, asr, session } = CONVERSATION_CONFIG;
  await using services = await EmulatedServices.open({ llm, tts });
  services.llm.behaviorOf = behaviorOf;
  services.voice.speech = speechOf;
  const memory = new FakeMemory();
  await using gateway = new TestGateway(new UnsteadyEngine(), {
    ...services.config({ ...agent, fillers: true }),
    asr,
    session,
    server: { transport: http, pingTimeoutSeconds: PING_TIMEOUT_SECONDS * (http === "ws" ? SPEED : 1) },
  }, { clock: fastClock(SPEED), ...services.providers, memory });
  await gateway.gateway.listening;
  const conversed = nothingSaid();
  await converse(gateway.url, conversed, { count: CONVERSATIONS.length, atOnce: 12 });
  assertEquals([conversed.wrong, conversed.waiting], [{}, 0]);
  await until(() => services.pending === 0, "the end of every request");
  await until(() => gateway.gateway.stats.sockets === 0, "every socket's end");
  const { sessions, audioBytes, vadStreams, counters } = gateway.gateway.stats;
  assertEquals({ sessions, audioBytes, vadStreams, unclean: counters.sessionsUnclean }, {
    sessions: 0,
    audioBytes: 0,
    vadStreams: 0,
    unclean: 0,
  });
  // Deno keeps the timer of a closed socket until it fires.
  if (http === "deno") await delay((PING_TIMEOUT_SECONDS + 1) * 1_000);
});
