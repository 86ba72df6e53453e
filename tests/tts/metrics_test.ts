import { assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { Metrics } from "../../lib/telemetry/mod.ts";
import { SpeechMetrics, TtsRunner } from "../../lib/tts/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { ScriptedVoice } from "../support/scripted_voice.ts";
import { test } from "../support/test.ts";

test("the metrics of voices are there at zero, and count what happens", async () => {
  const options = { clock: new FakeClock(), firstSoundTimeoutMs: 1_000, stallTimeoutMs: 1_000 };
  const metrics = new Metrics();
  const speech = new SpeechMetrics(metrics, [new TtsRunner(new ScriptedVoice("lan"), options)]);
  const zero = await metrics.text();
  for (
    const line of [
      'earshot_tts_streams{service="lan"} 0',
      'earshot_tts_waiting{service="lan"} 0',
      'earshot_tts_breaker_open{service="lan"} 0',
      'earshot_tts_breaker_opened_total{service="lan"} 0',
      'earshot_tts_failures_total{code="tts.language"} 0',
      "earshot_tts_silent_total 0",
    ]
  ) assertStringIncludes(zero, line);
  const error = new EarshotError("tts.quota", "Cannot speak: spent");
  speech.record({ type: "started", firstSoundMs: 250 });
  speech.record({ type: "retried", error });
  speech.record({ type: "silent" });
  speech.record({ type: "ended", soundMs: 1_500 });
  speech.record({ type: "ended", soundMs: 0, error });
  speech.record({ type: "ended", soundMs: 0, error: new EarshotError("canceled", "x") });
  speech.record({ type: "ended", soundMs: 0, error: new EarshotError("internal", "x") });
  const text = await metrics.text();
  for (
    const line of [
      'earshot_tts_sentences_total{outcome="ok"} 1',
      'earshot_tts_sentences_total{outcome="failed"} 2',
      'earshot_tts_sentences_total{outcome="canceled"} 1',
      'earshot_tts_failures_total{code="tts.quota"} 1',
      'earshot_tts_failures_total{code="tts.failed"} 1',
      "earshot_tts_retries_total 1",
      "earshot_tts_silent_total 1",
      "earshot_tts_sound_seconds_total 1.5",
      "earshot_tts_first_sound_seconds_sum 0.25",
    ]
  ) assertStringIncludes(text, line);
});
