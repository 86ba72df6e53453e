import { EarshotError } from "../../../errors/mod.ts";
import type { Clock } from "../../../lifecycle/mod.ts";
import { HttpClient, HttpRefusal, readPeerTrust, safeDetail } from "../../../net/mod.ts";
import { readKey } from "../../../secrets/mod.ts";
import type { Tool, ToolResult, ToolSource } from "../../contract.ts";
import { answerWords, readBeginning } from "../answer_words.ts";
import { fillRequest } from "./fill_request.ts";
import { argumentsOf, schemaOf } from "./request_arguments.ts";
import type { RequestConfig, RequestsConfig } from "./config.ts";
import { fetchSameOrigin } from "./same_origin.ts";
import { type BuiltinTool, sourceOf } from "../tool_source.ts";

/** How long a request may take, its answer included, in ms. */
const REQUEST_MS = 10_000;

/** What came of requests: a number for each outcome. */
export type RequestsStats = Readonly<Record<RequestOutcome, number>>;

/** Answered; answered with a refusal; sent on to another host; no answer in time, or none at all; given up. */
export type RequestOutcome = "answered" | "refused" | "redirected" | "failed" | "canceled";

/** Requests over HTTP as tools; close it. */
export interface RequestsSource extends ToolSource {
  readonly stats: RequestsStats;
  /** Asks nobody any more, and ends what is under way. May be called twice. */
  close(): void;
}

/**
 * Makes the requests of a config ready: secrets and certificates are read, and nobody is asked yet.
 *
 * @throws {EarshotError} `config.secret`, `config.invalid`
 */
export async function openRequests(
  requests: RequestsConfig,
  { clock }: { readonly clock: Clock },
): Promise<RequestsSource> {
  const stats = { answered: 0, refused: 0, redirected: 0, failed: 0, canceled: 0 };
  const closed = new AbortController();
  const clients: HttpClient[] = [];
  const tools = await Promise.all(
    Object.entries(requests).map(async ([name, request]): Promise<BuiltinTool> => {
      const key = `tools.requests.${name}`;
      const secrets = await Promise.all(
        Object.entries(request.secrets).map(async ([secret, source]) =>
          [secret, await readKey(`${key}.secrets.${secret}`, source)] as const
        ),
      );
      const client = new HttpClient(await readPeerTrust(key, request.tls));
      clients.push(client);
      return {
        tool: toolOf(name, request),
        call: async (args, signal) => {
          const values = new Map([...argumentsOf(args, request.parameters), ...secrets]);
          const asked = fillRequest(request, values);
          const late = new AbortController();
          const cancel = clock.schedule(REQUEST_MS, () => late.abort(tooLate(name)));
          const life = AbortSignal.any([signal, late.signal, closed.signal]);
          try {
            const answer = await readBeginning(await fetchSameOrigin(client, asked, life));
            stats.answered++;
            return resultOf(answerWords(answer, request.result), request.result);
          } catch (thrown) {
            const error = life.aborted
              ? EarshotError.from(life.reason, "canceled")
              : EarshotError.from(thrown, "net.unreachable");
            stats[outcomeOf(error)]++;
            if (error instanceof HttpRefusal) return refusedWith(error);
            throw error.code.startsWith("net.") ? unavailable(name, error) : error;
          } finally {
            cancel();
          }
        },
      };
    }),
  );
  return {
    ...sourceOf("requests", tools),
    stats,
    close: () => {
      closed.abort(new EarshotError("canceled", "Cannot ask: the requests were closed"));
      for (const client of clients) client.close();
    },
  };
}

function toolOf(name: string, { title, description, method, kind, parameters }: RequestConfig): Tool {
  const does = kind ?? (method === "GET" ? "read" : "act");
  return {
    name,
    ...(title !== undefined && { title }),
    description,
    parameters: schemaOf(parameters),
    kind: does,
    audience: "everyone",
    approvedOnly: does !== "read",
    timeoutMs: REQUEST_MS,
  };
}

function resultOf(words: string | undefined, path: string | undefined): ToolResult {
  if (words === undefined) return { text: `The answer has nothing at ${path}.`, failed: true };
  return { text: words === "" ? "Done; the answer is empty." : words };
}

function refusedWith({ status, body }: HttpRefusal): ToolResult {
  return { text: `The server answered ${status}: ${safeDetail(body)}`.replace(/: $/, "."), failed: true };
}

function outcomeOf(error: EarshotError): RequestOutcome {
  if (error instanceof HttpRefusal) return "refused";
  if (error.code === "tool.refused") return "redirected";
  return error.code === "canceled" ? "canceled" : "failed";
}

function tooLate(name: string): EarshotError {
  return new EarshotError("tool.timeout", `Cannot ask for ${name}: no answer within ${REQUEST_MS} ms`);
}

function unavailable(name: string, cause: EarshotError): EarshotError {
  return new EarshotError("tool.unavailable", `Cannot ask for ${name}: its server cannot be reached`, {
    cause,
  });
}
