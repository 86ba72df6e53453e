import { z } from "zod";
import type { ServiceFault } from "../../errors/mod.ts";
import { readReply } from "../read_reply.ts";
import type { FaultFacts } from "../service_error.ts";
import type { ServiceName } from "../service_name.ts";

const OK = 20_000_000;
/** The token is refused, or the voice is none of the project's. */
const REFUSED = 40_000_001;

/** What the codes mean; what is not here is a failure that may pass. */
const CODES: Readonly<Record<number, ServiceFault>> = {
  [REFUSED]: "auth",
  40000002: "protocol",
  40000003: "config",
  40000004: "disconnected",
  40000005: "throttled",
  40000009: "bad_input",
  40000010: "quota",
  40010001: "protocol",
  40010003: "protocol",
  40010004: "protocol",
  40010005: "protocol",
  40020105: "config",
  40020106: "config",
  40270003: "bad_input",
  41000002: "config",
  41000003: "config",
  41010101: "bad_input",
  41020001: "config",
};

/** A command of Aliyun NLS, recognition or speech. */
export interface NlsCommand {
  /** The key of the project. */
  readonly appKey: string;
  /** The task that it belongs to, of {@linkcode newNlsId}. */
  readonly taskId: string;
  /** The kind of task, such as `SpeechTranscriber`. */
  readonly namespace: string;
  /** What is to be done, such as `StartTranscription`. */
  readonly name: string;
  /** Its parameters; some commands have none. */
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** A command as it is sent. */
export function nlsCommand({ appKey, taskId, namespace, name, payload }: NlsCommand): string {
  return JSON.stringify({
    header: { appkey: appKey, message_id: newNlsId(), task_id: taskId, namespace, name },
    ...(payload && { payload }),
    context: { sdk: { name: "earshot", version: "1", language: "typescript" } },
  });
}

/** An event of Aliyun NLS. */
export interface NlsEvent {
  /** What happened, such as `TaskFailed`, whose namespace is not that of its task. */
  readonly name: string;
  /** The task, or `""` where it is not said. */
  readonly taskId: string;
  /** 20000000 where all is well. */
  readonly status: number;
  /** What the service says of the status. */
  readonly words: string;
  readonly payload: unknown;
}

const event = z.looseObject({
  header: z.looseObject({
    name: z.string(),
    task_id: z.string().default(""),
    status: z.int().default(OK),
    status_text: z.string().optional(),
    status_message: z.string().optional(),
  }),
  payload: z.unknown().optional(),
});

/**
 * Reads an event.
 *
 * @throws {EarshotError} the family's `protocol` error for anything else
 */
export function readNlsEvent(service: ServiceName, message: string): NlsEvent {
  const { header, payload } = readReply(service, message, event);
  const { name, task_id: taskId, status, status_text, status_message } = header;
  return { name, taskId, status, words: status_text ?? status_message ?? "", payload };
}

/** What a status means that is not 20000000. */
export function nlsMeaning(
  { status, words }: Pick<NlsEvent, "status" | "words">,
): readonly [ServiceFault, FaultFacts] {
  const detail = `${status} ${words}`;
  if (status !== REFUSED) return [CODES[status] ?? "failed", { detail }];
  return /no privilege to this voice/i.test(words)
    ? ["config", { detail }]
    : ["auth", { detail: `its token is wrong or has run out: ${detail}` }];
}

/** An id of a task or a message: 32 hex digits that nobody has had. */
export function newNlsId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
