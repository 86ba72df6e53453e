/**
 * The least that Deno makes of an answer: words, then a model, then a voice, by `fetch` and nothing else, beside the
 * gateway in the same run. For `start` it begins to ask, and for `turns` it gives what each question took. Argument: the
 * URLs of the services as JSON.
 */
import { delay } from "@std/async";
import { writeWav } from "../../../lib/audio/mod.ts";
import { serveMeasured } from "../../support/measured_server.ts";
import { noise } from "../../support/noise.ts";
import type { ServiceAnswers } from "./emulated_services.ts";
import { wallMs } from "./wall.ts";

/** When the sound of one question was sent, and what it took to the first sound of its answer. */
export interface BareTurn {
  readonly key: string;
  readonly endMs: number;
  readonly tookMs: number;
}

/** What it answers. */
export type BareChainAnswers = {
  readonly start: { readonly started: true };
  readonly turns: { readonly turns: readonly BareTurn[] };
};

const EVERY_MS = 250;
const wav = writeWav(noise(32_000, 3_000), 16_000);

async function ask({ asr, llm, voice }: ServiceAnswers["urls"]): Promise<BareTurn> {
  const beganMs = wallMs();
  const form = new FormData();
  form.set("file", new File([wav], "speech.wav", { type: "audio/wav" }));
  form.set("model", "m");
  form.set("response_format", "json");
  form.set("language", "en");
  const { text } = await (await fetch(`${asr}/audio/transcriptions`, { method: "POST", body: form })).json();
  const post = (url: string, body: unknown) =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const answer = await post(`${llm}/chat/completions`, {
    model: "m",
    stream: true,
    messages: [{ role: "user", content: text }],
  });
  const said = await firstSentence(answer);
  const speech = await post(`${voice}/audio/speech`, {
    model: "m",
    voice: "v",
    input: said,
    response_format: "pcm",
  });
  const reader = speech.body?.getReader();
  await reader?.read();
  const tookMs = wallMs() - beganMs;
  while (!(await reader?.read())?.done) { /* so that the connection is free again */ }
  return { key: /\bk\d+\b/.exec(String(text))?.[0] ?? "", endMs: beganMs, tookMs };
}

/** The first sentence, once the words after it have come. */
async function firstSentence(response: Response): Promise<string> {
  let events = "";
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) events += part;
  const said = [...events.matchAll(/^data: (\{.*)$/gm)].map(([, json]) =>
    JSON.parse(json ?? "{}").choices?.[0]?.delta?.content ?? ""
  ).join("");
  return said.slice(0, said.indexOf(".") + 1);
}

if (import.meta.main) {
  const urls: ServiceAnswers["urls"] = JSON.parse(Deno.args[0] ?? "{}");
  const turns: BareTurn[] = [];
  let running = false;
  const run = async () => {
    while (running) {
      void ask(urls).then((turn) => turns.push(turn));
      await delay(EVERY_MS);
    }
  };
  await serveMeasured("http://localhost", (word) => {
    running = word === "start";
    if (!running) return { turns };
    void run();
    return { started: true };
  });
  Deno.exit(0);
}
