import { MAX_CALL_BYTES, MAX_CALLS } from "../call_bounds.ts";
import type { LlmToolCall } from "../contract.ts";
import { JsonEnd } from "./json_end.ts";

/** A part of a call, or a whole one, as servers send it: anything of it may be missing, null or `""`. */
export interface CallFragment {
  readonly id?: string | null | undefined;
  readonly index?: number | null | undefined;
  readonly name?: string | null | undefined;
  /** A piece of JSON, or an object, which is whole. */
  readonly arguments?: unknown;
  /** What the service wants to see again. */
  readonly extra?: LlmToolCall["extra"] | null | undefined;
}

/** Options of a {@linkcode ToolCallMerger}. */
export interface MergerOptions {
  /** Ids of earlier steps: a call that repeats one gets an id of ours. */
  readonly taken?: Iterable<string>;
  /** Makes an id. */
  readonly newId?: () => string;
}

/** The arguments of a call without any. */
const NO_ARGUMENTS = "{}";

/** A fragment, with everything told. */
interface Part {
  readonly id: string;
  readonly index: number | undefined;
  readonly name: string;
  readonly text: string;
  readonly extra: LlmToolCall["extra"];
}

/** A call that is being put together. */
interface Held {
  id: string;
  index: number | undefined;
  name: string;
  text: string;
  extra: LlmToolCall["extra"];
  end: JsonEnd;
}

/**
 * Puts calls together out of what servers send of them. Some number their calls, some give each an id, some do neither;
 * some send a call whole, some in hundreds of pieces, some say it again at the end. No I/O.
 *
 * A fragment belongs to the call with its id, else with its index, else to the last one. It begins a new call where its id
 * or its name is another, or where the arguments are complete already and it begins some or names a function. What only
 * repeats a call is dropped.
 */
export class ToolCallMerger {
  readonly #held: Held[] = [];
  readonly #taken: Set<string>;
  readonly #newId: () => string;
  #bytes = 0;
  #full = false;

  /** Holds nothing. */
  constructor({ taken = [], newId = ownId }: MergerOptions = {}) {
    this.#taken = new Set(taken);
    this.#newId = newId;
  }

  /** Whether a call has begun. */
  get begun(): boolean {
    return this.#held.length > 0;
  }

  /** Whether the arguments of every call are complete. */
  get complete(): boolean {
    return this.#held.every((held) => this.#isComplete(held));
  }

  /** Whether there was more than may be held: the call that did not fit is left out, and all after it. */
  get full(): boolean {
    return this.#full;
  }

  /** Takes the next fragment. */
  push(fragment: CallFragment): void {
    if (this.#full) return;
    const part = partOf(fragment);
    const held = this.#find(part);
    if (held === undefined || isNext(held, part)) this.#begin(part);
    else this.#continue(held, part);
  }

  /**
   * The calls, in the order in which they began. `whole`: the service came to its end by itself; otherwise a call whose
   * arguments are not complete is left out.
   */
  conclude({ whole }: { readonly whole: boolean }): readonly LlmToolCall[] {
    return this.#held.flatMap((held) => {
      const { id, name, text, extra } = held;
      if (name === "" || !(whole || this.#isComplete(held))) return [];
      const own = id === "" || this.#taken.has(id) ? this.#newId() : id;
      this.#taken.add(own);
      const call = { id: own, name, arguments: isNothing(text) ? NO_ARGUMENTS : text };
      return [extra === undefined ? call : { ...call, extra }];
    });
  }

  /** No arguments are complete once the next call has begun. */
  #isComplete(held: Held): boolean {
    return held.end.reached || (isNothing(held.text) && held !== this.#held.at(-1));
  }

  #find({ id, index }: Part): Held | undefined {
    const byId = id === "" ? undefined : this.#held.findLast((held) => held.id === id);
    const byIndex = index === undefined ? undefined : this.#held.findLast((held) => held.index === index);
    return byId ?? byIndex ?? this.#held.at(-1);
  }

  #begin(part: Part): void {
    const { id, index, name, text, extra } = part;
    if (id === "" && name === "" && text.trim() === "") return;
    if (this.#held.some((held) => isRepeated(held, part))) return;
    if (this.#held.length >= MAX_CALLS) {
      this.#full = true;
      return;
    }
    const held: Held = { id, index, name, text: "", extra: undefined, end: new JsonEnd() };
    this.#held.push(held);
    this.#count(held, name);
    this.#add(held, text);
    this.#addExtra(held, extra);
  }

  #continue(held: Held, { id, index, name, text, extra }: Part): void {
    if (held.id === "") held.id = id;
    held.index ??= index;
    if (held.name === "" && name !== "") {
      held.name = name;
      this.#count(held, name);
    }
    if (isReplaced(held, text)) {
      held.text = "";
      held.end = new JsonEnd();
    }
    // After its end there is nothing but white space, or the same again.
    if (!held.end.reached) this.#add(held, text);
    if (held.extra === undefined) this.#addExtra(held, extra);
  }

  #add(held: Held, text: string): void {
    held.text += text;
    held.end.push(text);
    this.#count(held, text);
  }

  #addExtra(held: Held, extra: LlmToolCall["extra"]): void {
    if (extra === undefined) return;
    held.extra = extra;
    this.#count(held, JSON.stringify(extra));
  }

  /** UTF-16 units are a lower bound of bytes, which is exact enough here: the runner counts them exactly. */
  #count(held: Held, text: string): void {
    this.#bytes += text.length;
    if (this.#bytes <= MAX_CALL_BYTES) return;
    this.#full = true;
    const at = this.#held.indexOf(held);
    if (at >= 0) this.#held.splice(at, 1);
  }
}

/** An id that every service takes: nine letters and digits. */
function ownId(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 9);
}

function partOf({ id, index, name, arguments: given, extra }: CallFragment): Part {
  return {
    id: id ?? "",
    index: index ?? undefined,
    name: name ?? "",
    text: typeof given === "string"
      ? given
      : given === undefined || given === null
      ? ""
      : JSON.stringify(given),
    extra: extra ?? undefined,
  };
}

/** Whether a fragment that was found to be `held`'s begins a call of its own. */
function isNext(held: Held, part: Part): boolean {
  const { id, index, name, text } = part;
  const sameId = id !== "" && held.id === id;
  if (name !== "" && held.name !== "" && name !== held.name) return true;
  const begins = text.trimStart().startsWith("{");
  if (id !== "" && held.id !== "" && !sameId) {
    // Some give each fragment an id of its own: without a name, and in mid-arguments, it is the same call.
    return !(name === "" && index !== undefined && index === held.index && !held.end.reached && !begins);
  }
  const named = name !== "" || id !== "";
  if (!sameId && named && index !== undefined && held.index !== undefined && index !== held.index) {
    return true;
  }
  if (!held.end.reached) return false;
  if (begins) return !isNothingNew(held, part) && !(name === "" && isReplaced(held, text));
  // Named once more, without arguments: an echo where something else says that it is the same.
  return name !== "" && !sameId && (index === undefined || index !== held.index);
}

/** Whether no arguments were said first, and now there are some, as some servers do it. */
function isReplaced({ text, end }: Held, next: string): boolean {
  return end.reached && isNothing(text) && next.trimStart().startsWith("{");
}

/** Whether it says again what is held, and nothing else. */
function isNothingNew(held: Held, { name, text }: Part): boolean {
  return (name === "" || name === held.name) && text.trim() === held.text.trim();
}

/** Whether a fragment that would begin a call says again one that is held. */
function isRepeated(held: Held, part: Part): boolean {
  const { id, index, name, text } = part;
  if (id !== "" && held.id !== "" && id !== held.id) return false;
  // Two calls with the same arguments are two where they have numbers.
  if (id === "" && index !== undefined && held.index !== undefined && index !== held.index) return false;
  if (name !== held.name || name === "" || !(held.end.reached || isNothing(held.text))) return false;
  return isNothing(text) ? isNothing(held.text) : text.trim() === held.text.trim();
}

/** Whether these are no arguments at all. */
function isNothing(text: string): boolean {
  return /^\s*(null|""|\{\s*\})?\s*$/.test(text);
}
