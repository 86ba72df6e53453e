import { assertEquals } from "@std/assert";
import type { Agent, Pipeline } from "../../lib/agents/mod.ts";
import { OpusEncoder } from "../../lib/audio/mod.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import { createSessionCounters, Session } from "../../lib/session/mod.ts";
import { runAlone } from "../support/open_recognizer.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { noise } from "../support/noise.ts";
import { sessionServices } from "../support/session_services.ts";
import { ScriptedService } from "../support/scripted_service.ts";
import { test } from "../support/test.ts";

const OPUS: Pipeline = { endpointing: "service", startsBy: "packet", sound: "opus", ahead: false };
const PCM: Pipeline = { endpointing: "service", startsBy: "packet", sound: "pcm", ahead: false };

/** A session whose agent the test changes. */
async function openSession(mode: "auto" | "realtime") {
  const clock = new FakeClock();
  const engine = new FakeEngine();
  const counters = createSessionCounters();
  const asked: (string | undefined)[] = [];
  const agent = (pipeline: Pipeline, language: string) => {
    const service = new ScriptedService({ encodings: pipeline.sound === "pcm" ? ["pcm16"] : ["opus"] });
    const { recognizer } = runAlone(service, { clock, openTimeoutMs: 5_000, finalTimeoutMs: 10_000 });
    return {
      service,
      agent: { name: language, languages: [language], recognizer, pipeline } satisfies Agent,
    };
  };
  const [first, second] = [agent(OPUS, "en"), agent(PCM, "zh-CN")];
  let current: Agent = first.agent;
  const session = new Session({
    id: "s1",
    identity: { frameVersion: 1, viaGateway: false, deviceId: "02:00:00:00:00:01" },
    trusted: true,
    link: { bufferedBytes: 0, send: () => true, close: () => Promise.resolve(), destroy() {} },
    scope: new Scope("session", { clock }),
    onEvent: () => {},
    services: sessionServices(engine, {
      clock,
      agentOf: (deviceId) => {
        asked.push(deviceId);
        return current;
      },
      counters,
    }),
  });
  const encoder = new OpusEncoder({ sampleRateHz: 16_000 });
  const send = async (packets: number) => {
    for (let packet = 0; packet < packets; packet++) {
      session.receiveFrame(encoder.encode(noise(960, 8_000)));
    }
    for (let turn = 0; turn < 20; turn++) await clock.advance(0);
  };
  session.receiveText(`{"type":"hello"}`);
  session.receiveText(`{"type":"listen","state":"start","mode":"${mode}"}`);
  await send(0);
  return {
    session,
    first: first.service,
    second: second.service,
    counters,
    asked,
    send,
    change: () => current = second.agent,
    settle: () => send(0),
    async [Symbol.asyncDispose]() {
      encoder.close();
      await session.close({ type: "shutdown" });
    },
  };
}

test("the agent is asked for by the device, and a turn keeps the one that it began with", async () => {
  await using opened = await openSession("realtime");
  const { first, second, asked, send, change, settle } = opened;
  await send(3);
  assertEquals(asked, Array(asked.length).fill("02:00:00:00:00:01"));
  change();
  await send(3);
  assertEquals([first.stream.written.length, second.streams.length], [6, 0]);
  first.stream.final("one");
  await settle();
  await send(3);
  assertEquals(first.streams.length, 1);
  assertEquals(second.stream.options.language, "zh-CN");
  assertEquals(second.stream.written.map(({ pcm }) => pcm?.length), [960, 960, 960]);
});

test("what came undecoded is let go of and counted where the next agent's pipeline needs PCM", async () => {
  await using opened = await openSession("auto");
  const { first, second, counters, send, change, settle } = opened;
  await send(3);
  const { stream } = first;
  stream.finish = () => {}; // its words are late
  stream.final("one");
  await settle();
  change();
  await send(2);
  assertEquals(counters.audioUnlistened, 0);
  stream.endsItself();
  await settle();
  assertEquals(counters.audioUnlistened, 2);
  await send(4);
  assertEquals(second.stream.written.map(({ pcm }) => pcm?.length), [960, 960, 960, 960]);
});
