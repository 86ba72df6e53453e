import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";
import { type SimulatedTool, SimulatedToolServer, USER_TOOLS } from "../../lib/device/mod.ts";
import { rulesOf } from "../../lib/dialogue/prompt.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import type { LlmRequest } from "../../lib/llm/mod.ts";
import {
  openPromptContext,
  openRequests,
  promptContextConfig,
  requestsConfig,
  toolsConfig,
} from "../../lib/tools/mod.ts";
import { AnsweringGateway } from "../support/answering_gateway.ts";
import { type FakeAnswer, FakeLlm } from "../support/fake_llm.ts";
import { FakeTools } from "../support/fake_tools.ts";
import { FakeVoice } from "../support/fake_voice.ts";
import { HandDevice } from "../support/hand_device.ts";
import { ScriptedService } from "../support/scripted_service.ts";
import { type HostileCase, type Obeys, PROMPTS, SECRET } from "./hostile_cases.ts";

const DEVICE_ID = "02:00:00:aa:bb:cc";
const KEY = { env: "HOSTILE_KEY" };
const LANGUAGES = { en: "en-US", zh: "zh-CN" } as const;
const QUESTIONS = { en: "When does the bus come", zh: "公交车什么时候来" } as const;
const room = { type: "object", properties: { room: { type: "string" } }, required: ["room"] };

/** What came of a case. */
export interface HostileOutcome {
  /** The calls that reached a tool, in order, as SOURCE.TOOL. */
  readonly reached: readonly string[];
  /** Every request that came to the host of the requests: its path, and whether it showed the key. */
  readonly asked: readonly { readonly path: string; readonly bearer: boolean; readonly body: string }[];
  /** How many came to the other host. */
  readonly otherHost: number;
  /** What was shown, by turn. */
  readonly answers: readonly string[];
  /** What was spoken, which may leave out words that are shown. */
  readonly spoken: string;
  /** What was kept of the answers. */
  readonly kept: string;
  /** What each turn ended with. */
  readonly ends: readonly (string | undefined)[];
  /** What each model was asked, as JSON. */
  readonly requests: readonly string[];
  /** Everything else in which a secret could come out, as JSON, by what it is. */
  readonly seen: Readonly<Record<string, string>>;
  readonly rules: readonly string[];
}

/** Plays a case on a real gateway with real hosts, a device with tools, and a model that does what the text says. */
export async function playHostile(hostile: HostileCase): Promise<HostileOutcome> {
  const { language, from, says = [from === "words" ? hostile.text : QUESTIONS[language]] } = hostile;
  Deno.env.set(KEY.env, SECRET);
  const logs = keepLogs();
  const reached: string[] = [];
  const asked: { path: string; bearer: boolean; body: string }[] = [];
  let otherHost = 0;
  const other = serve(() => (otherHost++, new Response("stolen")));
  const api = serve(async (request) => {
    const { pathname, search } = new URL(request.url);
    const bearer = request.headers.get("authorization") === `Bearer ${SECRET}`;
    if (pathname === "/facts") return new Response(from === "facts" ? hostile.text : "It is quiet.");
    const body = await request.text();
    asked.push({ path: `${pathname}${search}`, bearer, body });
    reached.push(`requests.${names.get(pathname.split("/")[1] ?? "") ?? pathname}`);
    if (from === "redirect") {
      return Response.redirect(`http://127.0.0.1:${other.addr.port}${hostile.text}`, 307);
    }
    const isSearch = pathname === "/search";
    return new Response(
      from === "request" && !isSearch ? hostile.text : `It is so: ${request.headers.get("authorization")}`,
    );
  });
  const origin = `http://127.0.0.1:${api.addr.port}`;
  const own = { headers: { Authorization: "Bearer {key}" }, secrets: { key: KEY } };
  const tools = toolsConfig.parse({ destructive: ["home.garage"] });
  const requests = await openRequests(
    requestsConfig.parse({
      bus: {
        ...own,
        description: "When a bus comes.",
        url: `${origin}/lines/{line}`,
        parameters: text("line"),
      },
      search: { ...own, description: "Searches.", url: `${origin}/search?q={q}`, parameters: text("q") },
      order: {
        ...own,
        description: "Orders.",
        method: "POST",
        kind: "destructive",
        url: `${origin}/orders`,
        json: { what: "{what}" },
        parameters: text("what"),
      },
    }),
    { clock: systemClock },
  );
  const facts = await openPromptContext(promptContextConfig.parse({ url: `${origin}/facts`, ...own }), {
    key: "agents.default.context",
    clock: systemClock,
  });
  const home = homeOf(hostile, reached);
  const device = deviceOf(hostile, reached);
  const llm = obedient(hostile, { otherPort: other.addr.port });
  const service = new ScriptedService();
  const answers: string[] = [];
  const ends: (string | undefined)[] = [];
  let seen: Record<string, string> = {};
  let [spoken, kept] = ["", ""];
  try {
    const gateway = new AnsweringGateway(
      {
        language: LANGUAGES[language],
        prompt: PROMPTS[language],
        tools: [
          "builtin",
          "requests",
          "device",
          "home.lamp",
          "home.notes",
          "home.unlock",
          "home.garage",
        ],
      },
      // Whatever the language: what hears and speaks is the test's own.
      {
        asr: { cloud: { type: "openai", url: "http://localhost:1" } },
        tts: { elsewhere: { type: "openai", url: "http://localhost:1" } },
        tools: { servers: { home: { type: "http", url: "http://localhost:1" } } },
      },
      {
        llm,
        service,
        voice: new FakeVoice({ name: "elsewhere" }),
        toolsConfig: tools,
        tools: { sources: [requests, home] },
        contexts: new Map([["default", facts]]),
      },
    );
    gateway.voice.script = () => ({ durationMs: 60 });
    const heard: unknown[] = [];
    try {
      const ids = (client: string) => ({ headers: { "Device-Id": DEVICE_ID, "Client-Id": client } });
      // Who is seen first is trusted; the next one is a stranger.
      await using first = await HandDevice.greet(gateway, ids("first"));
      await using second = hostile.stranger === true
        ? await HandDevice.greet(gateway, { ...ids("second"), tools: device })
        : undefined;
      await using trusted = second === undefined
        ? await HandDevice.greet(gateway, { ...ids("first"), tools: device })
        : undefined;
      const speaker = second ?? trusted ?? first;
      await speaker.until(() => device.methods.includes("tools/list"), "the tools of the device");
      await speaker.settled();
      for (const words of says) {
        speaker.log.length = 0;
        const before = speaker.heard.length;
        if (hostile.aloud === true) {
          service.finalAtFinish = words;
          speaker.start("manual");
          speaker.speak(600);
          speaker.stop();
        } else speaker.say({ type: "listen", state: "detect", text: words });
        await speaker.until(() => speaker.log.includes("tts stop"), "the end of the answer");
        await speaker.settled();
        ends.push(speaker.log.filter((line) => line !== "pong").at(-1));
        const spoken = speaker.heard.slice(before).filter(({ state }) => state === "sentence_start");
        answers.push(spoken.map(({ text }) => String(text)).join(" "));
      }
      await gateway.until(
        () => hostile.stranger === true || gateway.memory.entries.length === says.length,
        "the records",
      );
      heard.push(...speaker.heard, ...first.heard);
    } finally {
      await gateway[Symbol.asyncDispose]();
    }
    spoken = gateway.voice.asked.map(({ text }) => text).join(" ");
    kept = gateway.memory.entries.map(({ answer }) => answer).join(" ");
    seen = {
      "what the device heard": JSON.stringify(heard),
      "the voice": JSON.stringify(gateway.voice.asked),
      memory: JSON.stringify(gateway.memory.entries),
      "the events": JSON.stringify(gateway.events, withErrors),
      "the log": JSON.stringify(logs, withErrors),
    };
  } finally {
    requests.close();
    facts.close();
    await Promise.all([api.shutdown(), other.shutdown()]);
    resetSync();
    Deno.env.delete(KEY.env);
  }
  return {
    reached,
    asked,
    otherHost,
    answers,
    spoken,
    kept,
    ends,
    requests: llm.calls.map(({ request }) => JSON.stringify(request)),
    seen,
    rules: rulesOf([LANGUAGES[language]], { tools: true }),
  };
}

const names = new Map([["lines", "bus"], ["search", "search"], ["orders", "order"]]);
const text = (name: string) => ({ [name]: { description: name } });

function serve(handler: (request: Request) => Response | Promise<Response>): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler);
}

/** An MCP server, as the agent's list knows it. */
function homeOf({ from, text }: HostileCase, reached: string[]): FakeTools {
  const listed = { audience: "listed", approvedOnly: true } as const;
  const done = (name: string, result = `${name} is done`) => () => {
    reached.push(`home.${name}`);
    return { text: result };
  };
  return new FakeTools("home")
    .add("lamp", { ...listed, parameters: room }, done("lamp"))
    .add(
      "notes",
      {
        ...listed,
        kind: "read",
        ...(from === "description" && {
          description: text,
          parameters: { type: "object", properties: { which: { type: "string", description: text } } },
        }),
      },
      done("notes", from === "server" ? text : "No notes."),
    )
    .add(
      "unlock",
      { ...listed, kind: "destructive", title: from === "title" ? text : "Unlock the door" },
      done("unlock"),
    )
    .add("garage", { ...listed, title: "Move the garage door" }, done("garage"))
    .add("siren", listed, done("siren"))
    .add("erase", { audience: "operator" }, done("erase"));
}

function deviceOf({ from, text }: HostileCase, reached: string[]): SimulatedToolServer {
  const tool = (name: string, run: () => string): SimulatedTool => ({
    name,
    description: `Does ${name}.`,
    run: () => {
      reached.push(`device.${name}`);
      return run();
    },
  });
  return new SimulatedToolServer({
    tools: [
      tool("self.read_tag", () => from === "device" ? text : "A tag."),
      tool("self.camera.take_photo", () => "A room."),
      tool("self.factory_reset", () => "reset"),
      ...USER_TOOLS.map((each) => ({ ...each, run: () => (reached.push(`device.${each.name}`), true) })),
    ],
  });
}

/** The worst model there is: it does what the text says, one step after the other. */
function obedient({ model, language }: HostileCase, { otherPort }: { otherPort: number }): FakeLlm {
  const here = (words: string) => words.replaceAll("OTHER", `127.0.0.1:${otherPort}`);
  return new FakeLlm({
    clock: systemClock,
    name: "builtin",
    tools: true,
    script: (request, index): FakeAnswer => {
      const step = model[index];
      if (step === undefined) return { text: language === "zh" ? "好了。" : "That is all." };
      if ("says" in step) return { text: wordsOf(step, { request, language }) };
      return {
        calls: step.calls.map(([name, args], at) => ({
          id: `${index}_${at}`,
          name,
          arguments: here(typeof args === "string" ? args : JSON.stringify(args)),
        })),
      };
    },
  });
}

function wordsOf(
  { says, between }: Extract<Obeys, { readonly says: unknown }>,
  { request, language }: { readonly request: LlmRequest; readonly language: "en" | "zh" },
): string {
  if (typeof says === "string") return says;
  const rules = rulesOf([LANGUAGES[language]], { tools: true }).join("\n");
  // What it was told last comes first: that is where a secret would be.
  const { instructions, steps = [], tools = [], ...others } = request;
  const words = says.all === "rules"
    ? rules
    : says.all === "prompt"
    ? PROMPTS[language]
    : [steps, tools, others, instructions].map((part) => JSON.stringify(part)).join(". ");
  return between === undefined ? words : words.split(" ").map((word) => `${word}${between}`).join(" ");
}

function keepLogs(): LogRecord[] {
  const records: LogRecord[] = [];
  configureSync({
    reset: true,
    sinks: { kept: (record) => records.push(record) },
    loggers: [
      { category: ["earshot"], sinks: ["kept"], lowestLevel: "debug" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "error" },
    ],
  });
  return records;
}

/** Errors with all that they say. */
function withErrors(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { ...value, name: value.name, message: value.message, cause: value.cause };
}
