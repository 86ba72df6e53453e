import { join } from "node:path";
import process from "node:process";
import { getLogger } from "@logtape/logtape";
import { z } from "zod";
import { CATALOG, EarshotError, type ErrorCode } from "../errors/mod.ts";
import { type Scope, systemClock, withDeadline } from "../lifecycle/mod.ts";
import { HttpClient, HttpRefusal } from "../net/mod.ts";
import {
  type ConnectedDevice,
  DEVICES_PATH,
  MEMORY_PATH,
  SAY_PATH,
  TOOLS_PATH,
  UNTRUSTED_REASONS,
  writeSecretFile,
} from "../server/mod.ts";
import type { ShownTool } from "../tools/mod.ts";

/** How long a gateway may take to say who is connected, in ms. */
const ANSWER_MS = 3_000;

/** How long it may take to erase a device, in ms: its disk may be slow. */
const ERASE_MS = 30_000;

/** How long it may speak, in ms. */
const SAY_MS = 600_000;

/** How long it may take to call a tool, in ms: a camera takes 45 s. */
const TOOL_MS = 55_000;

/** How long a disk may take, in ms: the gateway starts without it. */
const WRITE_MS = 2_000;

const announcement = z.object({ pid: z.int(), url: z.url(), token: z.string().min(1) });

const answer: z.ZodType<{ readonly devices: readonly ConnectedDevice[] }> = z.object({
  devices: z.array(z.object({
    session: z.string(),
    deviceId: z.string().nullable(),
    clientId: z.string().nullable(),
    board: z.string().optional(),
    firmware: z.string().optional(),
    trusted: z.boolean(),
    untrustedBecause: z.enum(UNTRUSTED_REASONS).optional(),
    address: z.string(),
    transport: z.enum(["websocket", "mqtt gateway"]),
    since: z.string(),
    frames: z.int(),
    turns: z.object({ ended: z.int(), withText: z.int() }),
  })),
});

const erased = z.object({ erased: z.int() });
const listed: z.ZodType<DeviceToolsAnswer> = z.object({
  agent: z.string(),
  tools: z.array(z.object({
    source: z.string(),
    name: z.string(),
    modelName: z.string().nullable(),
    description: z.string(),
    kind: z.enum(["read", "act", "destructive"]),
    asksBack: z.boolean(),
    parameters: z.record(z.string(), z.unknown()),
  })),
});
const tried = z.object({ text: z.string(), failed: z.boolean().optional() });
const gatewayFault = z.object({
  code: z.custom<ErrorCode>((code) => typeof code === "string" && Object.hasOwn(CATALOG, code)),
  message: z.string(),
});
const said = z.object({ chars: z.int(), heardChars: z.int(), end: z.string() });

/** What a running gateway tells the commands of its user. */
export type GatewayAnswer =
  | { readonly type: "connected"; readonly devices: readonly ConnectedDevice[] }
  | { readonly type: "not_running" }
  | { readonly type: "no_answer"; readonly pid: number };

/** What came of asking a running gateway to erase something. */
export type EraseAnswer =
  | { readonly type: "erased"; readonly turns: number }
  | { readonly type: "refused"; readonly reason: string }
  | { readonly type: "not_running" }
  | { readonly type: "no_answer"; readonly pid: number };

/** What came of asking a running gateway to speak to a device. */
export type SayAnswer =
  /** It was played, or given up for somebody who spoke (`interrupted`) after so many characters. */
  | { readonly type: "said"; readonly chars: number; readonly heardChars: number; readonly end: string }
  | Unanswered;

/** Why a running gateway has not done what it was asked for. */
export type Unanswered =
  /** It cannot, by the status of its answer and in its words; `fault` is what it says is wrong, where it says it as such. */
  | {
    readonly type: "refused";
    readonly status: number;
    readonly reason: string;
    readonly fault: GatewayFault | undefined;
  }
  | { readonly type: "not_running" }
  | { readonly type: "no_answer"; readonly pid: number };

/**
 * Writes down where commands of this user reach the gateway and with which token, until `scope` closes. Nothing but
 * them needs it: that it cannot be written is logged.
 */
export async function announceGateway(
  { data, scope, url, token }: {
    /** The data directory. */
    readonly data: string;
    /** The gateway's owner. */
    readonly scope: Scope;
    /** Where it is reached from this machine. */
    readonly url: string;
    /** Lets who shows it see what is inside. */
    readonly token: string;
  },
): Promise<void> {
  const path = pathIn(data);
  try {
    const written = writeSecretFile(path, JSON.stringify({ pid: process.pid, url, token }));
    await withDeadline(written, WRITE_MS, {
      what: "the file for `earshot devices list`",
      clock: systemClock,
    });
  } catch (thrown) {
    const { code, message } = EarshotError.from(thrown);
    getLogger(["earshot", "gateway"]).warn(
      "`earshot devices list` will not show who is connected: {message}",
      {
        code,
        message,
      },
    );
    return;
  }
  scope.own("announcement", async () => {
    // Another gateway with the same data directory may have written its own meanwhile.
    if ((await readAnnouncement(path))?.token === token) await Deno.remove(path);
  });
}

/** Asks the gateway that runs with a data directory who is connected. Rejects only with `canceled`. */
export async function askGateway(data: string, signal: AbortSignal): Promise<GatewayAnswer> {
  const asked = await ask(data, { path: DEVICES_PATH, deadlineMs: ANSWER_MS, signal });
  // Whoever else has the port by now does not know the token: the gateway has ended without a word.
  if (asked.type === "refused") return { type: "not_running" };
  if (asked.type !== "answered") return asked;
  const read = answer.safeParse(asked.body);
  return read.success ? { type: "connected", ...read.data } : { type: "not_running" };
}

/**
 * Asks the gateway that runs with a data directory to erase what is kept of a device; `refused` with its words where it
 * cannot. Rejects only with `canceled`.
 */
export async function askToErase(
  { data, deviceId, signal }: {
    /** The data directory. */
    readonly data: string;
    /** The device. */
    readonly deviceId: string;
    readonly signal: AbortSignal;
  },
): Promise<EraseAnswer> {
  const path = `${MEMORY_PATH}${encodeURIComponent(deviceId)}`;
  const asked = await ask(data, { path, method: "DELETE", deadlineMs: ERASE_MS, signal });
  if (asked.type !== "answered") return asked;
  const read = erased.safeParse(asked.body);
  return read.success ? { type: "erased", turns: read.data.erased } : { type: "not_running" };
}

/** Asks the gateway that runs with a data directory to speak to a device. Rejects only with `canceled`. */
export async function askToSay(
  { data, deviceId, text, signal }: {
    /** The data directory. */
    readonly data: string;
    /** The device. */
    readonly deviceId: string;
    readonly text: string;
    readonly signal: AbortSignal;
  },
): Promise<SayAnswer> {
  const path = `${SAY_PATH}${encodeURIComponent(deviceId)}`;
  const body = JSON.stringify({ text });
  const asked = await ask(data, { path, method: "POST", body, deadlineMs: SAY_MS, signal });
  if (asked.type !== "answered") return asked;
  const read = said.safeParse(asked.body);
  return read.success ? { type: "said", ...read.data } : { type: "not_running" };
}

/** What came of asking a running gateway for the tools of a device, or to call one. */
export type ToolsAnswer<T> =
  | { readonly type: "answered"; readonly answer: T }
  | Unanswered;

/** What a gateway says is wrong. */
export type GatewayFault = z.output<typeof gatewayFault>;

/** Who asks for the tools of which device. */
export interface ToolsQuestion {
  /** The data directory. */
  readonly data: string;
  /** The device. */
  readonly deviceId: string;
  readonly signal: AbortSignal;
}

/** What may be called on a device. */
export interface DeviceToolsAnswer {
  readonly agent: string;
  readonly tools: readonly ShownTool[];
}

/** Asks the gateway that runs with a data directory what may be called on a device. Rejects only with `canceled`. */
export async function askForTools(
  { data, deviceId, signal }: ToolsQuestion,
): Promise<ToolsAnswer<DeviceToolsAnswer>> {
  const path = `${TOOLS_PATH}${encodeURIComponent(deviceId)}`;
  return read(await ask(data, { path, deadlineMs: TOOL_MS, signal }), listed);
}

/** Asks it to call one of them. Rejects only with `canceled`. */
export async function askToCall(
  { data, deviceId, signal }: ToolsQuestion,
  call: { readonly name: string; readonly arguments: string },
): Promise<ToolsAnswer<z.output<typeof tried>>> {
  const path = `${TOOLS_PATH}${encodeURIComponent(deviceId)}`;
  const body = JSON.stringify(call);
  return read(await ask(data, { path, method: "POST", body, deadlineMs: TOOL_MS, signal }), tried);
}

function read<Schema extends z.ZodType>(asked: Asked, schema: Schema): ToolsAnswer<z.output<Schema>> {
  if (asked.type !== "answered") return asked;
  const body = schema.safeParse(asked.body);
  return body.success ? { type: "answered", answer: body.data } : { type: "not_running" };
}

interface Question {
  readonly path: string;
  readonly method?: string;
  readonly body?: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

type Asked = { readonly type: "answered"; readonly body: unknown } | Unanswered;

async function ask(data: string, { path, method, body, deadlineMs, signal }: Question): Promise<Asked> {
  const told = await readAnnouncement(pathIn(data));
  if (told === undefined) return { type: "not_running" };
  const { pid, url, token } = told;
  // Deno would ask for this machine through a proxy as well, which would read the token.
  Deno.env.set("NO_PROXY", new URL(url).hostname);
  const timeout = AbortSignal.timeout(deadlineMs);
  // A certificate is for the name that devices use, not for this machine's own address.
  const client = new HttpClient({ verify: false });
  try {
    const headers = { authorization: `Bearer ${token}` };
    const request = {
      url: new URL(path, url).href,
      headers,
      ...(method !== undefined && { method }),
      ...(body !== undefined && { body }),
    };
    const response = await client.fetch(request, AbortSignal.any([signal, timeout]));
    return { type: "answered", body: await new Response(response.body).json() };
  } catch (thrown) {
    if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
    if (timeout.aborted) return { type: "no_answer", pid };
    return thrown instanceof HttpRefusal
      ? { type: "refused", status: thrown.status, reason: thrown.message, fault: faultIn(thrown) }
      : { type: "not_running" };
  } finally {
    client.close();
  }
}

function faultIn({ body }: HttpRefusal): GatewayFault | undefined {
  try {
    return gatewayFault.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined; // words
  }
}

function pathIn(data: string): string {
  return join(data, "gateway.json");
}

async function readAnnouncement(path: string): Promise<z.output<typeof announcement> | undefined> {
  try {
    return announcement.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch {
    return undefined; // there is none, or somebody wrote into it
  }
}
