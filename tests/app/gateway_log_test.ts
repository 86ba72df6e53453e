import { assertEquals } from "@std/assert";
import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";
import { GatewayLog } from "../../lib/app/gateway_log.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

test("strangers who are refused by the thousand get a line every ten seconds for each cause", async () => {
  const records: LogRecord[] = [];
  configureSync({
    reset: true,
    sinks: { kept: (record) => records.push(record) },
    loggers: [
      { category: ["earshot"], sinks: ["kept"], lowestLevel: "debug" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "error" },
    ],
  });
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
