import { assertEquals } from "@std/assert";
import { openOutboundSockets } from "../../lib/net/mod.ts";
import { MEASURED_VOICES, openAndLeave, openMeasured } from "../bench/support/measured_voices.ts";
import { startTimed } from "../bench/support/timed_speech.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";

const STREAMS = 100;

for (const subject of MEASURED_VOICES) {
  test(`${STREAMS} streams of ${subject.name} that are opened and left leave nothing open`, async () => {
    await using emulator = await startTimed(subject, { firstSoundMs: 50, chunkMs: 10 });
    const voice = await openMeasured(subject, emulator.origin);
    await openAndLeave(voice, STREAMS);
    assertEquals([voice.runner.stats.active, voice.runner.stats.waiting], [0, 0]);
    await voice.provider.close?.();
    await until(() => emulator.open === 0, "no connection is left at the service");
    await until(() => openOutboundSockets() === 0, "no connection is left here");
    assertEquals(emulator.violations, []);
  });
}
