import { z } from "zod";
import { peerTlsConfig } from "../../../net/mod.ts";
import { secretSource } from "../../../secrets/mod.ts";
import { requestFaults } from "./request_faults.ts";

/** How long an argument that is a text may be where nothing else is said, in UTF-16 units. */
const MAX_ARGUMENT_CHARS = 200;

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const parameterConfig = z.strictObject({
  type: z.enum(["string", "number", "integer", "boolean"]).default("string").describe("what it is"),
  description: z.string().min(1).max(500).describe("what it means, for the language model"),
  enum: z.array(scalar).min(1).max(64).optional().describe("all that it may be"),
  maxLength: z.int().min(1).max(2_000).default(MAX_ARGUMENT_CHARS)
    .describe("how long a text may be, in characters"),
  optional: z.boolean().default(false)
    .describe("whether it may be left out: what it stands in is left out then"),
});

/** What the config says of a parameter. */
export type ParameterConfig = z.output<typeof parameterConfig>;

/** One request that a language model may have made. */
export const requestConfig = z.strictObject({
  title: z.string().min(1).max(64).optional().describe("what people call it"),
  description: z.string().min(1).max(1_000).describe(
    "what it does and when to call it, for the language model",
  ),
  url: z.string().trim().min(1).max(2_000).describe(
    "where the request goes, such as https://api.example.org/lines/{line}?day={day}; {line} stands for an argument, in " +
      "the path or in a value of the query; the host is never one",
  ),
  method: z.enum(["GET", "POST"]).default("GET").describe("how it is asked"),
  headers: z.record(z.string().min(1), z.string()).default({})
    .describe('what the headers are besides the usual ones, such as { Authorization: "Bearer {key}" }'),
  json: z.record(z.string().min(1), z.unknown()).optional()
    .describe('the JSON that a POST sends, such as { on: "{on}" }, with placeholders in its values'),
  secrets: z.record(z.string().min(1), secretSource).default({})
    .describe(
      "secrets by the names of their placeholders: { key: { env: NAME } } is put in where {key} stands",
    ),
  parameters: z.record(
    z.string().regex(/^[A-Za-z]\w{0,63}$/, "must be letters, digits and _"),
    parameterConfig,
  )
    .default({}).describe("the arguments, by the names of their placeholders"),
  result: z.string().regex(
    /^\$(\.[\w-]+|\[\d{1,6}\])*$/,
    "give a path, such as $.data.next or $.items[0].name",
  ).optional().describe(
    "what of an answer in JSON is told to the language model, such as $.data.next; all of it unless told",
  ),
  kind: z.enum(["read", "act", "destructive"]).optional()
    .describe(
      "whether it changes nothing, changes something, or something that is hard to undo, which asks back by voice; " +
        "read for GET and act for POST unless told",
    ),
  tls: peerTlsConfig.optional().describe("how the certificate of the host is checked"),
}).superRefine((request, { addIssue }) => {
  for (const { key, message } of requestFaults(request)) addIssue({ code: "custom", path: [key], message });
});

/** What the config says of a request. */
export type RequestConfig = z.output<typeof requestConfig>;

/** The `tools.requests` block of the config. */
export const requestsConfig = z.record(
  z.string().regex(/^[A-Za-z][\w-]{0,63}$/, "must be letters, digits, - and _, at most 64"),
  requestConfig,
).describe("requests over HTTP as tools, by the name of the tool");

/** The checked block. */
export type RequestsConfig = z.output<typeof requestsConfig>;
