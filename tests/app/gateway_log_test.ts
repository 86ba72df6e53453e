import { assertEquals, assertMatch } from "@std/assert";
import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";
import { GatewayLog } from "../../lib/app/gateway_log.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { HandDevice } from "../support/hand_device.ts";
import { ScriptedService } from "../support/scripted_service.ts";
import { TestGateway } from "../support/test_gateway.ts";
import { test } from "../support/test.ts";

function keepRecords(records: LogRecord[]): void {
  configureSync({
    reset: true,
    sinks: { kept: (record) => records.push(record) },
    loggers: [
      { category: ["earshot"], sinks: ["kept"], lowestLevel: "debug" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "error" },
    ],
  });
}

test("a recognizer that fails has its own words and what to do in the log, every ten seconds for each fault", async () => {
  const service = new ScriptedService();
  const said = "Cannot recognize with scripted: it answered 401 load grant";
  service.refusal = new EarshotError("asr.auth", said);
  const records: LogRecord[] = [];
  keepRecords(records);
  try {
    await using gateway = new TestGateway(new FakeEngine(), { asr: { vosk: { type: "vosk" } } }, {
      service,
    });
    for (let turn = 0; turn < 3; turn++) {
      await using device = await HandDevice.listen(gateway, "manual");
      device.speak(300);
      device.stop();
      await device.hears(["alert", "tts stop"]);
    }
    const told = records.filter(({ rawMessage }) => rawMessage === "Recognition failed");
    assertEquals(told.map(({ properties: { code, message, times } }) => [code, message, times]), [
      ["asr.auth", said, 1],
    ]);
    assertMatch(String(told[0]?.properties["remedy"]), /secrets/);
  } finally {
    resetSync();
  }
});

test("a turn that is given up is no failure of the recognizer, and one that is tried again is told", () => {
  const records: LogRecord[] = [];
  keepRecords(records);
  try {
    const log = new GatewayLog(new FakeClock());
    log.recognition({
      type: "ended",
      error: new EarshotError("canceled", "Cannot: given up"),
      droppedMs: 0,
    });
    log.recognition({ type: "ended", droppedMs: 0 });
    log.recognition({ type: "retried", error: new EarshotError("asr.disconnected", "Cannot: it went") });
    assertEquals(records.map(({ rawMessage, properties }) => [rawMessage, properties["code"]]), [
      ["Recognition is tried again", "asr.disconnected"],
    ]);
  } finally {
    resetSync();
  }
});

test("what a language model that answers by rules leaves to the next one is no line, and without a next one it is", () => {
  const records: LogRecord[] = [];
  keepRecords(records);
  try {
    const log = new GatewayLog(new FakeClock());
    const error = new EarshotError("llm.unmatched", "Cannot answer with home: it has no rule for it");
    log.answer({ type: "retried", error, next: "deepseek" });
    assertEquals(records, []);
    log.answer({ type: "ended", error, cut: false, totalMs: 1 });
    log.answer({ type: "retried", error: new EarshotError("llm.failed", "Cannot"), next: "deepseek" });
    assertEquals(records.map(({ properties }) => properties["code"]), ["llm.unmatched", "llm.failed"]);
  } finally {
    resetSync();
  }
});

test("a language model that refuses tools is told with what to do", () => {
  const records: LogRecord[] = [];
  keepRecords(records);
  try {
    const error = new EarshotError("llm.config", "Cannot answer with lan: m does not support tools");
    new GatewayLog(new FakeClock()).answer({ type: "tools_refused", error });
    assertEquals(records.map(({ rawMessage, properties: { message } }) => [rawMessage, message]), [
      ["A language model takes no tools, and is asked without", error.message],
    ]);
    assertMatch(String(records[0]?.properties["remedy"]), /tools: off/);
  } finally {
    resetSync();
  }
});

test("strangers who are refused by the thousand get a line every ten seconds for each cause", async () => {
  const records: LogRecord[] = [];
  keepRecords(records);
  try {
    const clock = new FakeClock();
    const log = new GatewayLog(clock);
    const refused = (code: "server.full" | "server.address_full") => {
      log.record({ type: "admission_refused", error: new EarshotError(code, "Cannot take a device now") });
    };
    for (let count = 0; count < 1_000; count++) {
      refused("server.full");
      if (count % 10 === 0) refused("server.address_full");
      await clock.advance(20);
    }
    const told = records.map(({ properties }) => [properties["code"], properties["times"]]);
    assertEquals(told, [
      ["server.full", 1],
      ["server.address_full", 1],
      ["server.full", 500],
      ["server.address_full", 50],
    ]);
  } finally {
    resetSync();
  }
});

test("a device that is not trusted has one line with what to do, however often it comes, and many have few a minute", () => {
  const records: LogRecord[] = [];
  keepRecords(records);
  try {
    const log = new GatewayLog(new FakeClock());
    const refuse = (deviceId?: string) =>
      log.record({ type: "device_untrusted", deviceId, address: "192.0.2.1", reason: "other_client" });
    for (let times = 0; times < 3; times++) refuse("02:00:00:aa:bb:cc");
    assertEquals(records.map(({ properties: { device, reason } }) => [device, reason]), [
      ["02:00:00:aa:bb:cc", "other_client"],
    ]);
    assertMatch(String(records[0]?.properties["remedy"]), /earshot devices unpin/);
    for (let number = 0; number < 100; number++) refuse(`another-${number}`);
    assertEquals(records.length, 30);
  } finally {
    resetSync();
  }
});
