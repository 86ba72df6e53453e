import { BUSY, type CatalogEntry, EXIT, FINAL } from "./catalog_entry.ts";

/** The stages that services serve; each is the first part of its error codes. */
export type ServiceFamily = "asr" | "tts" | "llm" | "voiceprint";

/** How a service can fail; each is the second part of an error code. */
export const SERVICE_FAULTS = [
  "failed",
  "timeout",
  "unreachable",
  "disconnected",
  "auth",
  "quota",
  "throttled",
  "config",
  "bad_input",
  "protocol",
  "busy",
  "unavailable",
] as const;

/** One of {@linkcode SERVICE_FAULTS}. */
export type ServiceFault = typeof SERVICE_FAULTS[number];

/** How the entries of a family call things. */
export interface ServiceWords {
  /** What serves, such as `recognizer`. */
  readonly service: string;
  /** Where such services are in the config, such as `asr`. */
  readonly blocks: string;
  /** What it does many of, such as `utterances`. */
  readonly work: string;
  /** What it is sent, such as `sound`. */
  readonly input: string;
  /** What a device says when it gave no result. */
  readonly failed: CatalogEntry["device"];
}

/** The catalog's entries of a family of services, one for each way to fail. */
export const SERVICE_ENTRIES: Readonly<Record<ServiceFault, (words: ServiceWords) => CatalogEntry>> = {
  failed: ({ service, failed }) => ({
    meaning: `The ${service} failed.`,
    retryable: true,
    device: failed,
    remedy: "The message has the service's own words.",
    exitCode: EXIT.unavailable,
  }),
  timeout: ({ service, blocks, failed }) => ({
    meaning: `The ${service} was not ready, or gave no result, within its deadline.`,
    retryable: true,
    device: failed,
    remedy: `The service is overloaded or does not answer; see the deadlines of its block in ${blocks}.`,
    exitCode: EXIT.unavailable,
  }),
  unreachable: ({ service }) => ({
    meaning:
      `No connection to the ${service} came about: its name, its address, its port or its certificate.`,
    ...BUSY,
    remedy: "Check its url in the config and that it runs; `earshot check` says more.",
    checked: "Check its url in the config and that it runs.",
    exitCode: EXIT.network,
  }),
  disconnected: ({ service, failed }) => ({
    meaning: `The ${service} ended the connection before its result was complete.`,
    retryable: true,
    device: failed,
    remedy: "If it repeats, look at the service's own log, or at a proxy between.",
    exitCode: EXIT.network,
  }),
  auth: ({ service }) => ({
    meaning: `The ${service} refuses the key, the token or the signature.`,
    ...FINAL,
    remedy: "Check the secrets of its block, and the clock of this machine: signatures hold for minutes.",
    exitCode: EXIT.config,
  }),
  quota: ({ service }) => ({
    meaning: `The account at the ${service} is spent, or what was asked for was never bought.`,
    ...FINAL,
    remedy: "See the account at the service: its balance, its trial, the resources that are activated.",
    exitCode: EXIT.unavailable,
  }),
  throttled: ({ service }) => ({
    meaning: `The ${service} takes no more now: too many streams or requests of this account.`,
    ...BUSY,
    remedy: "Lower the number of its streams (maxStreams) to what the account allows, or buy more.",
    exitCode: EXIT.unavailable,
  }),
  config: ({ service }) => ({
    meaning: `The ${service} refuses what the config asks of it: a model, a parameter, a path.`,
    ...FINAL,
    remedy: "Correct its block; the message has the service's own words.",
    exitCode: EXIT.config,
  }),
  bad_input: ({ service, input, failed }) => ({
    meaning: `The ${service} cannot use the ${input} that it was sent.`,
    retryable: false,
    device: failed,
    remedy: "Check the keys of its block; if they are the defaults, report it.",
    exitCode: EXIT.unavailable,
  }),
  protocol: ({ service, failed }) => ({
    meaning: `The ${service} sent something that its protocol does not know, or far too much.`,
    retryable: false,
    device: failed,
    remedy: "Check that the url leads to a service of the type that the config says.",
    exitCode: EXIT.unavailable,
  }),
  busy: ({ service, work, blocks }) => ({
    meaning: `As many ${work} are under way at the ${service} as the config allows.`,
    ...BUSY,
    remedy: `Raise the limit in its block in ${blocks} if the service can bear it.`,
    exitCode: EXIT.unavailable,
  }),
  unavailable: ({ service }) => ({
    meaning: `The circuit breaker of the ${service} is open: it failed too often in a row.`,
    ...BUSY,
    remedy: "The log lines before say why it failed; it is tried again by itself.",
    exitCode: EXIT.unavailable,
  }),
};
