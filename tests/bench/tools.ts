/**
 * Answers that call tools. First 1,000 turns on each transport, of 50 devices, whose tools hang, die, flood, fail, answer
 * late, twice or with another id, and whose language model calls what is not there, with broken arguments, or without end:
 * whether every turn ends in time and in words, whether every history that the model gets is valid, and what is open
 * afterwards. Deadlines pass four times as fast. Then what a tool that answers at once adds to the time to the first sound,
 * beside a turn without one, in turn: a device's, a server's over HTTP, a program's. Argument: `quick` for a tenth of it.
 *
 * `deno task tools`, 6 minutes
 */
import { type SimulatedTool, SimulatedToolServer } from "../../lib/device/mod.ts";
import { Scope, systemClock } from "../../lib/lifecycle/mod.ts";
import type { LlmRequest, LlmToolCall } from "../../lib/llm/mod.ts";
import { openToolServers, toolsConfig } from "../../lib/tools/mod.ts";
import { AnsweringGateway } from "../support/answering_gateway.ts";
import { type FakeAnswer, FakeLlm } from "../support/fake_llm.ts";
import { fastClock } from "../support/fast_clock.ts";
import { httpPeer, stdioPeer } from "../support/mcp/peers.ts";
import { TRANSPORTS } from "../support/test_gateway.ts";
import { percentile, report, round } from "./support/report.ts";
import { Typist } from "./support/typist.ts";

const quick = Deno.args.includes("quick");
const DEVICES = quick ? 10 : 50;
const TURNS_EACH = quick ? 10 : 20;
const PAIRS = quick ? 20 : 100;
const SPEED = 4;
/** Calls have 30 s; the rest is what the answer takes to be spoken. */
const LONGEST_MS = 40_000;

const reply = (id: number, text: string) =>
  JSON.stringify({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text }], isError: false } });
const LATE_MS = 14_000 / SPEED;

/** A device's tools, most of which do not answer as they should. */
const DEVICE_TOOLS: readonly SimulatedTool[] = [
  { name: "self.fine", description: "Answers." },
  { name: "self.silent", description: "Never answers.", reply: () => ({ payloads: [] }) },
  {
    name: "self.twice",
    description: "Answers twice.",
    reply: (id) => ({ payloads: [reply(id, "1"), reply(id, "2")] }),
  },
  {
    name: "self.other",
    description: "Answers another id.",
    reply: (id) => ({ payloads: [reply(id + 7, "?")] }),
  },
  {
    name: "self.late",
    description: "Answers late.",
    reply: (id) => ({ payloads: [reply(id, "late")], afterMs: LATE_MS }),
  },
  {
    name: "self.rubbish",
    description: "Answers rubbish.",
    reply: () => ({ payloads: ['{"jsonrpc":', "[]", "null"] }),
  },
  {
    name: "self.floods",
    description: "Answers at length.",
    reply: (id) => ({ payloads: [reply(id, "x".repeat(60_000))] }),
  },
];

/** What turns are about: the tool, by the end of the name that the model knows, or what the model does. */
const KINDS = [
  "self_fine",
  "self_silent",
  "self_twice",
  "self_other",
  "self_late",
  "self_rubbish",
  "self_floods",
  "echo",
  "wait",
  "flood",
  "fail",
  "refuse",
  "odd",
  "prog_echo",
  "prog_wait",
  "prog_flood",
  "prog_fail",
  "prog_die",
  "unlock",
  "nowhere",
  "broken",
  "endless",
  "many",
  "abort",
] as const;
type Kind = typeof KINDS[number];

const kindOf = (question: string) => KINDS.find((kind) => question.split(" ").includes(kind)) ?? "self_fine";
let ids = 0;
const callOf = (name: string, args = "{}"): LlmToolCall => ({ id: `call_${++ids}`, name, arguments: args });

function callsOf(kind: Kind): readonly LlmToolCall[] {
  if (kind === "broken") return [callOf("echo", '{"text":')];
  if (kind === "endless") return [callOf("echo", JSON.stringify({ text: `${ids}` }))];
  if (kind === "many") return Array.from({ length: 64 }, (_, n) => callOf("echo", `{"text":"${n}"}`));
  return [callOf(kind === "abort" ? "wait" : kind)];
}

/** Calls what the question names, and then says something. */
function answerOf({ question, steps = [], toolsClosed = false }: LlmRequest): FakeAnswer {
  const kind = kindOf(question);
  return steps.length === 0 || (kind === "endless" && !toolsClosed)
    ? { calls: callsOf(kind) }
    : { text: "That is all." };
}

/** Whether a server would take it: roles alternate, and each call has its result. */
function isValid({ history, steps = [] }: LlmRequest): boolean {
  const alternates = history.every(({ role }, index) => role === (index % 2 === 0 ? "user" : "assistant"));
  const all = [...history.flatMap((message) => message.steps ?? []), ...steps];
  const answered = all.every(({ results }) => results.length > 0 && results.every(({ text }) => text !== ""));
  const known = steps.flatMap(({ results }) => results.map(({ call }) => call.id));
  return alternates && answered && history.length % 2 === 0 && new Set(known).size === known.length;
}

const token = await Deno.makeTempFile();
await Deno.writeTextFile(token, "let-me-in");
await using web = await httpPeer();

/** A gateway whose agent may call everything, on one transport. */
async function withTools(
  { transport, llm, speed }: {
    readonly transport: "deno" | "ws";
    readonly llm: FakeLlm;
    readonly speed: number;
  },
  use: (gateway: AnsweringGateway) => Promise<void>,
): Promise<void> {
  const clock = speed === 1 ? systemClock : fastClock(speed);
  await using scope = new Scope("tools");
  const config = toolsConfig.parse({
    servers: { web: { type: "http", url: web.url, token: { file: token } }, prog: stdioPeer() },
  });
  const servers = await openToolServers(config, { scope, clock, version: "bench" });
  const never = new AbortController().signal;
  await Promise.all(["web", "prog"].map((name) => servers.ready(name, never)));
  await using gateway = new AnsweringGateway({ tools: ["*"] }, { server: { transport } }, {
    llm,
    clock,
    tools: { sources: servers.sources, servers },
  });
  await gateway.gateway.listening;
  await use(gateway);
}

async function faults(transport: "deno" | "ws"): Promise<void> {
  let invalid = 0;
  let calls = 0;
  const script = (request: LlmRequest): FakeAnswer => {
    if (!isValid(request)) invalid++;
    const answer = answerOf(request);
    calls += answer.calls?.length ?? 0;
    return answer;
  };
  const llm = new FakeLlm({ clock: systemClock, name: "builtin", tools: true, maxConcurrent: 100, script });
  await withTools({ transport, llm, speed: SPEED }, async (gateway) => {
    const ended = await Promise.all(Array.from({ length: DEVICES }, async (_, index) => {
      const tools = new SimulatedToolServer({ tools: DEVICE_TOOLS });
      await using device = await Typist.connect(gateway.url, { index, tools });
      // The list of its tools comes after the hello.
      await new Promise((resolve) => setTimeout(resolve, 500));
      const turns = [];
      for (let turn = 0; turn < TURNS_EACH; turn++) {
        const kind = KINDS[(index * TURNS_EACH + turn) % KINDS.length] ?? "self_fine";
        const asked = await device.ask(`turn ${turn} ${kind}`, {
          withinMs: LONGEST_MS / SPEED + 10_000,
          ...(kind === "abort" && { abortAfterMs: 200 }),
        });
        turns.push({ kind, ...asked });
      }
      return turns;
    }));
    const turns = ended.flat();
    const longest = Math.max(...turns.map(({ stopMs = Infinity }) => stopMs * SPEED));
    const named = (found: typeof turns) => ({ kinds: [...new Set(found.map(({ kind }) => kind))] });
    const late = turns.filter(({ stopMs = Infinity }) => stopMs * SPEED > LONGEST_MS);
    const wordless = turns.filter(({ kind, sentences }) => kind !== "abort" && sentences === 0);
    const name = `[${transport}] ${turns.length} turns with tools that misbehave`;
    report({
      name: `${name}: those without an end in ${LONGEST_MS / 1_000} s`,
      measured: late.length,
      unit: "turns",
      limit: 0,
      detail: { ...named(late), longestMs: round(longest), calls },
    });
    report({
      name: `${name}: those without words`,
      measured: wordless.length,
      unit: "turns",
      limit: 0,
      detail: named(wordless),
    });
    report({
      name: `${name}: requests with a history that is not valid`,
      measured: invalid,
      unit: "requests",
      limit: 0,
    });
    for (let tries = 0; tries < 100 && gateway.gateway.stats.sessions > 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const open = llm.active + gateway.gateway.stats.sessions + (await web.state()).openPosts;
    report({
      name: `${name}: what is open afterwards: questions, sessions, requests at the server`,
      measured: open,
      unit: "",
      limit: 0,
    });
  });
}

async function overhead(): Promise<void> {
  const script = ({ question, steps = [] }: LlmRequest): FakeAnswer => {
    const [, tool = ""] = question.split(" ");
    return steps.length === 0 && tool !== "none" ? { calls: [callOf(tool)] } : { text: "That is all." };
  };
  const llm = new FakeLlm({ clock: systemClock, name: "builtin", tools: true, script });
  await withTools({ transport: "deno", llm, speed: 1 }, async (gateway) => {
    const tools = new SimulatedToolServer({ tools: DEVICE_TOOLS });
    await using device = await Typist.connect(gateway.url, { index: 0, tools });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const found = new Map<string, number[]>();
    for (let pair = -3; pair < PAIRS; pair++) {
      for (const tool of ["none", "self_fine", "echo", "prog_echo"]) {
        const { firstSoundMs = Infinity } = await device.ask(`${pair} ${tool}`, { withinMs: 10_000 });
        if (pair >= 0) found.set(tool, [...found.get(tool) ?? [], firstSoundMs]);
      }
    }
    const bare = percentile(found.get("none") ?? [], 0.5);
    for (
      const [tool, what, limit] of [["self_fine", "a device's", 20], ["echo", "a server's over HTTP", 20], [
        "prog_echo",
        "a program's",
        30,
      ]] as const
    ) {
      const median = percentile(found.get(tool) ?? [], 0.5);
      report({
        name:
          `What ${what} tool that answers at once adds to the first sound, the model's second call included: median`,
        measured: median - bare,
        unit: "ms",
        limit,
        detail: { withoutMs: round(bare), withMs: round(median) },
      });
    }
  });
}

try {
  await overhead();
  for (const { name } of TRANSPORTS) await faults(name);
} finally {
  await Deno.remove(token);
}
