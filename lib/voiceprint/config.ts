import { z } from "zod";
import { httpUrl, peerTlsConfig } from "../net/mod.ts";
import { secretSource } from "../secrets/mod.ts";

/** Somebody who may be recognized by voice. */
const knownSpeaker = z.strictObject({
  id: z.string().min(1).max(128).regex(/^[^,\s]+$/, "must have neither commas nor spaces")
    .describe("the id under which the voice was registered with the service"),
  name: z.string().min(1).max(128).describe("what this speaker is called"),
  description: z.string().max(1_000).optional().describe("who that is, for whoever answers"),
});

/** The `voiceprint` block of the config: who speaks, as a service for speaker identification tells. */
export const voiceprintConfig = z.strictObject({
  url: httpUrl.optional()
    .describe("the service, such as http://192.168.1.20:8005; without it nobody is asked who speaks"),
  apiKey: secretSource.optional().describe("where the service's key is"),
  speakers: z.array(knownSpeaker).max(100).default([]).describe("who may be recognized"),
  minScore: z.number().min(0).max(1).default(0.4)
    .describe("how alike two voices must be, 0 to 1; below it the speaker is unknown"),
  timeoutMs: z.int().min(50).max(30_000).default(2_000)
    .describe("how long words wait for the speaker after the end of speech at most, in ms"),
  minMs: z.int().min(100).max(30_000).default(800)
    .describe("how much sound a turn must have for its speaker to be asked for, in ms"),
  maxConcurrent: z.int().min(1).max(1_000).default(4)
    .describe("turns whose speaker is asked for at once; beyond it words go without"),
  tls: peerTlsConfig.prefault({}).describe("how the service's certificate is checked"),
}).superRefine(({ url, apiKey, speakers }, { addIssue }) => {
  const problem = (key: string, message: string) => addIssue({ code: "custom", path: [key], message });
  if (new Set(speakers.map(({ id }) => id)).size < speakers.length) {
    problem("speakers", "no two may have the same id");
  }
  if (url === undefined) return;
  const { search, username, password } = new URL(url);
  if (search !== "" || username !== "" || password !== "") {
    problem(
      "url",
      "it must end before the ?; a key belongs into voiceprint.apiKey: { file: PATH } or { env: NAME }",
    );
  }
  if (apiKey === undefined) problem("apiKey", "voiceprint.url needs a key: { file: PATH } or { env: NAME }");
  if (speakers.length === 0) problem("speakers", "voiceprint.url needs somebody to recognize");
});

/** The checked `voiceprint` block. */
export type VoiceprintConfig = z.output<typeof voiceprintConfig>;
