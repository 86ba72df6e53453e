import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { SimulatedDevice } from "../../lib/device/mod.ts";
import { vadConfig } from "../../lib/vad/mod.ts";
import { withServedGateway } from "../support/served_gateway.ts";
import { weightsMissing } from "../support/models.ts";
import { ASK_NOT, COUNTRY, speechClip, speechMissing } from "../support/speech.ts";
import { test } from "../support/test.ts";
import { wordErrors } from "../support/word_errors.ts";

const options = { ignore: weightsMissing || speechMissing() };
const NEVER = new AbortController().signal;

test("the engine killed while it recognizes ahead costs nothing: the words come all the same", async () => {
  await withServedGateway(async (gateway, url) => {
    await using device = await SimulatedDevice.connect(
      { url, mode: "manual", paceFactor: 2 },
      NEVER,
    );
    const { pcm, transcript } = speechClip(ASK_NOT); // with a second of silence after 1.3 s
    // Recognition ahead takes a tenth of a second; on a machine with other work it may be over before it is seen.
    for (let round = 1;; round++) {
      const before = await gateway.health();
      const saying = device.say(pcm);
      await gateway.recognizing();
      await gateway.killEngine();
      const ahead = device.state === "listening";
      const { text } = await saying;
      const { counters, engine } = await gateway.health();
      assertEquals(engine.restarts, round);
      if (ahead) {
        assertLessOrEqual(wordErrors(transcript, text), 1);
        assertEquals(counters.turnsFailed, before.counters.turnsFailed);
        return;
      }
      assert(round < 4, "the engine never recognized ahead while it was looked at");
      await gateway.until(({ engine }) => engine.warmed, "the engine again");
    }
  });
}, options);

test("the engine killed while it recognizes costs that turn an alert and nothing else", async () => {
  const { endSilenceMs } = vadConfig.parse({});
  await withServedGateway(async (gateway, url) => {
    await using device = await SimulatedDevice.connect(
      { url, mode: "manual", paceFactor: 4 },
      NEVER,
    );
    const { pcm, transcript } = speechClip(ASK_NOT);
    const saying = device.say(pcm);
    await gateway.recognizing();
    await gateway.killEngine();
    const { messages } = await saying;
    assertEquals(messages.map(({ message }) => message.type), ["alert", "tts"]);
    assertEquals((await gateway.health()).counters.turnsFailed, 1);
    await gateway.until(({ engine }) => engine.warmed, "the engine again");
    assertLessOrEqual(wordErrors(transcript, (await device.say(pcm)).text), 1);
    assertEquals((await gateway.health()).engine.restarts, 1);
  }, `vad:\n  pauseMs: ${endSilenceMs}\n`); // nothing is recognized ahead
}, options);

test("the engine killed while somebody speaks costs at most that turn", async () => {
  await withServedGateway(async (gateway, url) => {
    await using device = await SimulatedDevice.connect({ url }, NEVER);
    const { pcm, transcript } = speechClip(COUNTRY);
    const saying = device.say(pcm);
    await gateway.busy();
    await gateway.killEngine();
    const { messages } = await saying;
    const last = messages.at(-1)?.message;
    assert(last?.type === "tts" && last.state === "stop");
    await gateway.until(({ engine }) => engine.warmed, "the engine again");
    assertEquals(wordErrors(transcript, (await device.say(pcm)).text), 0);
  });
}, options);
