import { Caller } from "./caller.ts";
import { type ConversationKind, CONVERSATIONS } from "./conversation_kinds.ts";

/** After so many conversations one asks a second question on the same connection, which must be answered. */
const SECOND_QUESTION_EVERY = 4;

/** What came of all conversations. */
export interface Conversed {
  count: number;
  /** By kind: what went another way than it should. */
  readonly wrong: Record<string, string[]>;
  /** Devices that got no `tts stop`. */
  waiting: number;
  /** Devices that heard sound, and that were told what is wrong. */
  sounded: number;
  told: number;
}

/** Nothing was said yet. */
export function nothingSaid(): Conversed {
  return { count: 0, wrong: {}, waiting: 0, sounded: 0, told: 0 };
}

/** Has `count` conversations, so many at once, each kind as often, each on a device of its own; adds to `conversed`. */
export async function converse(
  url: URL,
  conversed: Conversed,
  { count, atOnce }: { readonly count: number; readonly atOnce: number },
): Promise<void> {
  const end = conversed.count + count;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (conversed.count < end) {
      const index = conversed.count++;
      const kind = CONVERSATIONS[index % CONVERSATIONS.length];
      if (kind !== undefined) await one(url, kind, { index, conversed });
    }
  }));
}

async function one(
  url: URL,
  kind: ConversationKind,
  { index, conversed }: { readonly index: number; readonly conversed: Conversed },
): Promise<void> {
  const wrong = (what: string) => (conversed.wrong[kind.name] ??= []).push(what);
  let caller: Caller | undefined;
  try {
    caller = await Caller.connect(url, deviceId(index));
    if (kind.speaksMs !== undefined) caller.speak(kind.speaksMs);
    else caller.ask(kind.name);
    const end = await kind.act?.(caller) ?? "stopped";
    if (end === "gone") return;
    await caller.stopped();
    if (caller.heard.frames > 0) conversed.sounded++;
    if (caller.heard.alerts > 0) conversed.told++;
    if (kind.hears === "answer" && (caller.heard.frames === 0 || caller.heard.alerts > 0)) {
      wrong(`not answered: ${JSON.stringify(caller.heard)} ${caller.alert}`);
    }
    if (kind.hears === "fault" && (caller.heard.frames === 0 || caller.heard.alerts === 0)) {
      wrong(`not told: ${JSON.stringify(caller.heard)}`);
    }
    if (kind.name.startsWith("goodbye") || index % SECOND_QUESTION_EVERY !== 0) return;
    caller.ask("answered");
    await caller.stopped();
    if (caller.heard.frames === 0) wrong(`the second question: ${JSON.stringify(caller.heard)}`);
  } catch (thrown) {
    conversed.waiting++;
    wrong(thrown instanceof Error ? thrown.message : String(thrown));
  } finally {
    caller?.drop();
  }
}

function deviceId(index: number): string {
  const hex = index.toString(16).padStart(6, "0");
  return `02:00:00:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}`;
}
