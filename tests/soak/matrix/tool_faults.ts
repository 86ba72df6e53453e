import { delay } from "@std/async";
import { simulatedError } from "../../../lib/device/mod.ts";
import type { ToolStep } from "../../../lib/tools/mod.ts";
import { HandDevice } from "../../support/hand_device.ts";
import type { ToolBehavior } from "../../support/emulators/tool_emulator.ts";
import type { AnswerFault, AnswerOutcome, FaultyTool } from "./answer_fault.ts";
import { deviceResult, held, type ToolScript } from "./called_tool.ts";
import { DEVICE_HEADERS } from "./device_headers.ts";

const HTML = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>";
const FLOOD = "x".repeat(10_000_000);
const ANSWERED: AnswerOutcome = { type: "answered" };
const GIVEN_UP: AnswerOutcome = { type: "given up", stops: true };

const HOLD = { at: "http", does: { does: "hold" } } as const;
const HELD_BY_DEVICE: ToolScript = { at: "device", reply: held };

const over = (does: ToolBehavior, ...steps: ToolStep["status"][]): FaultyTool => ({
  script: { at: "http", does },
  steps: steps.length > 0 ? steps : ["failed"],
});
const result = (text: string) =>
  JSON.stringify({ jsonrpc: "2.0", id: 2, result: { content: [{ type: "text", text }] } });

/** What goes wrong at an MCP server over HTTP. */
const HTTP_FAULTS: readonly AnswerFault[] = [
  { name: "tool hangs", tool: over({ does: "hold" }), outcome: ANSWERED },
  { name: "tool resets", tool: over({ does: "reset" }), outcome: ANSWERED },
  {
    name: "tool's server goes down",
    tool: { ...over({ does: "hold" }), back: false },
    strike: ({ tool }) => tool?.down(),
    outcome: ANSWERED,
  },
  { name: "tool cut mid-result", tool: over({ does: "cut" }), outcome: ANSWERED },
  { name: "tool floods", tool: over({ does: "answer", text: FLOOD }), outcome: ANSWERED },
  {
    name: "tool says 900 KB",
    tool: over({ does: "answer", text: FLOOD.slice(0, 900_000) }, "done"),
    outcome: ANSWERED,
  },
  {
    name: "tool sends HTML",
    tool: over({ does: "say", body: HTML, type: "text/html" }),
    outcome: ANSWERED,
  },
  {
    name: "tool sends half of a JSON",
    tool: over({ does: "say", body: '{"jsonrpc":"2.0",' }),
    outcome: ANSWERED,
  },
];

/** What goes wrong at an MCP server that is a command. */
const COMMAND_FAULTS: readonly AnswerFault[] = [
  {
    name: "tool's command killed",
    tool: { script: { at: "command", tool: "wait" }, steps: ["failed"] },
    strike: ({ tool }) => tool?.kill("command"),
    outcome: ANSWERED,
  },
  {
    name: "process of commands killed",
    tool: { script: { at: "command", tool: "wait" }, steps: ["failed"] },
    strike: ({ tool }) => tool?.kill("process"),
    outcome: ANSWERED,
  },
  {
    // It answers once it was told that nobody waits.
    name: "tool's command is late",
    tool: { script: { at: "command", tool: "wait" }, steps: ["failed"] },
    outcome: ANSWERED,
  },
  {
    name: "tool's command floods",
    tool: { script: { at: "command", tool: "flood" }, steps: ["failed"] },
    outcome: ANSWERED,
  },
  {
    name: "tool's command garbage",
    tool: { script: { at: "command", tool: "learn", faults: ["garbage"] }, steps: ["done"] },
    outcome: ANSWERED,
  },
];

/** What goes wrong at the device's own tool. */
const DEVICE_FAULTS: readonly AnswerFault[] = [
  {
    name: "device's tool is late",
    tool: { script: HELD_BY_DEVICE, steps: ["failed"] },
    mend: ({ tool }) => tool?.release(),
    outcome: ANSWERED,
  },
  {
    name: "device's tool answers twice",
    tool: {
      script: {
        at: "device",
        reply: (id) => ({ payloads: [...deviceResult(id).payloads, ...deviceResult(id).payloads] }),
      },
      steps: ["done"],
    },
    outcome: ANSWERED,
  },
  {
    name: "device's tool answers another id",
    tool: { script: { at: "device", reply: (id) => deviceResult(id + 50) }, steps: ["failed"] },
    outcome: ANSWERED,
  },
  {
    name: "device's tool garbage",
    tool: {
      script: {
        at: "device",
        reply: (id) => ({
          payloads: ['{"id":', "7", "[]", "{}", ...simulatedError(id, 'no "such" lamp').payloads],
        }),
      },
      steps: ["failed"],
    },
    outcome: ANSWERED,
  },
  {
    // A message of that size ends any session.
    name: "device's tool floods",
    tool: { script: HELD_BY_DEVICE, steps: ["canceled"] },
    strike: ({ device }) => device.say(`{"type":"mcp","payload":${result(FLOOD)}}`),
    deaf: true,
    outcome: { type: "ended", ends: ["message_too_big"] },
  },
  {
    name: "drop in mid-call",
    tool: { script: HELD_BY_DEVICE, steps: ["canceled"] },
    deaf: true,
    strike: ({ device }) => device.drop(),
    outcome: { type: "ended", ends: ["device_left"] },
  },
];

/** What a device does while a tool is called. */
const MID_CALL_FAULTS: readonly AnswerFault[] = [
  {
    name: "drop while a server is called",
    tool: { script: HOLD, steps: ["canceled"] },
    deaf: true,
    strike: ({ device }) => device.drop(),
    outcome: { type: "ended", ends: ["device_left"] },
  },
  {
    name: "abort, then a result",
    tool: { script: HOLD, steps: ["canceled"] },
    strike: async ({ device, tool }) => {
      device.say({ type: "abort" });
      await device.settled();
      tool?.release();
    },
    outcome: GIVEN_UP,
  },
  {
    name: "abort, then the device's result",
    tool: { script: HELD_BY_DEVICE, steps: ["canceled"] },
    strike: async ({ device, tool }) => {
      device.say({ type: "abort" });
      await device.settled();
      tool?.release();
    },
    outcome: GIVEN_UP,
  },
  {
    name: "abort while it is read",
    tool: { script: { ...HOLD, tool: "look" }, steps: ["canceled"] },
    strike: ({ device }) => device.say({ type: "abort" }),
    outcome: GIVEN_UP,
  },
  {
    // It has begun to listen by itself, and waits for no stop; one that plays is told to stop.
    name: "listen start in mid-call",
    tool: { script: HELD_BY_DEVICE, steps: ["canceled"] },
    strike: ({ device }) => device.start("manual"),
    mend: ({ tool }) => tool?.release(),
    outcome: { type: "given up", stops: false },
    except: { speaking: GIVEN_UP },
  },
  {
    name: "goodbye in mid-call",
    tool: { script: HOLD, steps: ["canceled"] },
    strike: ({ device }) => device.say({ type: "goodbye" }),
    outcome: { type: "ended", ends: ["goodbye"] },
  },
  {
    name: "another of the same id in mid-call",
    tool: { script: HELD_BY_DEVICE, steps: ["canceled"] },
    strike: async ({ gateway, stack }) => {
      stack.use(await HandDevice.greet(gateway, { headers: DEVICE_HEADERS }));
    },
    outcome: { type: "ended", ends: ["replaced"] },
  },
  {
    name: "gateway shuts down in mid-call",
    tool: { script: HOLD, steps: ["canceled"] },
    strike: ({ gateway }) => void gateway.gateway.close(),
    outcome: { type: "ended", ends: ["shutdown"] },
  },
  {
    name: "gateway drains in mid-call",
    tool: { script: HOLD, steps: ["done"] },
    strike: async ({ gateway, tool }) => {
      void gateway.gateway.drain();
      await delay(50);
      tool?.release();
    },
    outcome: { type: "ended", ends: ["shutdown"] },
  },
];

const named = (name: string, args = "{}") => ({ name, arguments: args });
const DONE: ToolBehavior = { does: "answer", text: "done" };

/** What a language model calls that it should not. */
const CALL_FAULTS: readonly AnswerFault[] = [
  {
    name: "calls nobody can make",
    tool: {
      ...over(DONE, "failed", "failed", "failed", "done"),
      calls: (round) =>
        round > 0 ? [] : [
          named("reboot"),
          named("lamp", '{"level":'),
          named("lamp", '{"level":{"a":1}}'),
          named("lamp", '{"level":"3"}'),
        ],
    },
    outcome: ANSWERED,
  },
  {
    name: "calls without end",
    tool: {
      ...over(DONE, "done", "done", "done", "done"),
      calls: (round) => [named("lamp", `{"level":${round}}`)],
    },
    outcome: ANSWERED,
  },
];

/** Every fault of a tool that an answer calls. */
export const TOOL_FAULTS: readonly AnswerFault[] = [
  ...HTTP_FAULTS,
  ...COMMAND_FAULTS,
  ...DEVICE_FAULTS,
  ...MID_CALL_FAULTS,
  ...CALL_FAULTS,
];
