import { assert, assertEquals } from "@std/assert";
import { CATALOG, type ErrorCode } from "../../lib/errors/mod.ts";
import { shippedSentence } from "../../lib/tts/mod.ts";
import { HandDevice } from "../support/hand_device.ts";
import { weightsMissing } from "../support/models.ts";
import { withServedGateway } from "../support/served_gateway.ts";
import { SHORT, speechClip, speechMissing } from "../support/speech.ts";
import { test } from "../support/test.ts";

const options = { ignore: weightsMissing || speechMissing() };

/** A port of this machine where nobody listens. */
function deadPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A config whose every service is unreachable. */
function allDown(language: string): string {
  const url = `http://127.0.0.1:${deadPort()}/v1`;
  return [
    "asr:",
    `  down: { type: openai, url: "${url}" }`,
    "llm:",
    `  down: { type: openai, url: "${url}", model: m }`,
    "tts:",
    `  down: { type: openai, url: "${url}" }`,
    "agents:",
    `  default: { asr: down, llm: down, tts: down, language: ${language} }`,
    "",
  ].join("\n");
}

for (const language of ["en", "zh"] as const) {
  test(`with every service down and nothing cached, a device says what is wrong (${language})`, async () => {
    await withServedGateway(async (_gateway, url) => {
      const host = { url, gateway: { listening: Promise.resolve() } };
      await using device = await HandDevice.greet(host);
      device.say({ type: "listen", state: "detect", text: "What time is it?" });
      await toldAloud(device, "llm.unreachable", language);

      device.heard.length = 0;
      device.log.length = 0;
      device.start("manual");
      for (const packet of device.encodeSound(speechClip(SHORT).pcm)) device.send(packet);
      device.stop();
      await toldAloud(device, "asr.unreachable", language);
    }, allDown(language));
  }, options);
}

/** The words are on the screen, and all frames of their sound come before `tts stop`. */
async function toldAloud(device: HandDevice, code: ErrorCode, language: "en" | "zh"): Promise<void> {
  await device.until(() => device.said.includes("tts stop"), "the end of the answer");
  const words = CATALOG[code].device[language];
  assertEquals(device.heard.filter(({ type }) => type === "alert").map(({ message }) => message), [words]);
  const packets = await shippedSentence(words, language) ?? [];
  assert(packets.length > 5, "the sentence does not ship");
  const from = device.log.lastIndexOf(`tts sentence_start ${words}`);
  assert(from >= 0, device.log.join(", "));
  assertEquals(device.log.slice(from + 1), [...packets.map(() => "frame"), "tts stop"]);
}
