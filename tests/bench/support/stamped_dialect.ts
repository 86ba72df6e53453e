import { delay } from "@std/async";
import type { AnswerIo, Dialect, Dialogue, EmulatorIo, Renderer } from "../../support/emulators/emulator.ts";
import type { TcpDialect, TcpDialogue } from "../../support/emulators/tcp_emulator.ts";

/** A moment as text that no service changes, on the clock that all processes of this machine share. */
export function stamp(): string {
  return `at${(performance.timeOrigin + performance.now()).toFixed(3).replace(".", "p")}`;
}

const STAMP = /at(\d+)p(\d+)/g;

/** Tells how old words are when they are heard. */
export class AgeMeter {
  #newestMs = 0;

  /** How long ago the newest stamp of a text was made, in ms; `undefined` without one that was not heard before. */
  ageOf(text: string): number | undefined {
    const newest = [...text.matchAll(STAMP)].at(-1);
    const madeMs = newest === undefined ? 0 : Number(`${newest[1]}.${newest[2]}`);
    if (madeMs <= this.#newestMs) return undefined;
    this.#newestMs = madeMs;
    return performance.timeOrigin + performance.now() - madeMs;
  }
}

/**
 * A service that says when it said it: each partial has one more stamp than the one before, a final has its own.
 * Text that waits in the service, as Vosk's does for the next piece of sound, is stamped when it leaves.
 */
export function stamped(dialect: Dialect): Dialect {
  const { connect, request } = dialect;
  return {
    ...dialect,
    ...(connect && {
      connect: (io, opening) => {
        const dialogue = connect.call(dialect, stampingIo(io), opening);
        const stampedDialogue: Dialogue & Renderer = {
          text: (message) => dialogue.text(message),
          binary: (message) => dialogue.binary(message),
          gone: () => dialogue.gone?.(),
          ...stampingRenderer(dialogue),
        };
        return stampedDialogue;
      },
    }),
    ...(request && {
      request: (io, plain) => {
        const answer = request.call(dialect, stampingAnswer(io), plain);
        return { begin: () => answer.begin(), ...stampingRenderer(answer) };
      },
    }),
  };
}

/** The same for a service on TCP. */
export function stampedTcp(dialect: TcpDialect): TcpDialect {
  return {
    ...dialect,
    connect: (io) => {
      const dialogue = dialect.connect({
        ...io,
        // A stamp is as long as another, so no length on the wire changes.
        send: (bytes) => io.send(new TextEncoder().encode(restamped(new TextDecoder().decode(bytes)))),
      });
      const stampedDialogue: TcpDialogue & Renderer = {
        received: (bytes) => dialogue.received(bytes),
        beginning: (sizeBytes) => dialogue.beginning(sizeBytes),
        gone: () => dialogue.gone?.(),
        ...stampingRenderer(dialogue),
      };
      return stampedDialogue;
    },
  };
}

function stampingRenderer(renderer: Renderer): Renderer {
  let sentence = -1;
  let said = "";
  const grown = (index: number) => {
    said = index === sentence ? `${said} ${stamp()}` : stamp();
    sentence = index;
    return said;
  };
  return {
    partial: (_text, index) => renderer.partial(grown(index), index),
    final: (_text, index) => renderer.final(grown(index), index),
    end: () => renderer.end(),
    error: (kind) => renderer.error(kind),
  };
}

function stampingIo(io: EmulatorIo): EmulatorIo {
  return {
    script: io.script,
    get performer() {
      return io.performer;
    },
    again: () => io.again(),
    close: (code) => io.close(code),
    violation: (what) => io.violation(what),
    send: (message) => io.send(typeof message === "string" ? restamped(message) : message),
  };
}

/** How long the words of an answer lie apart that comes word by word, in ms. */
const WORD_MS = 20;

function stampingAnswer(io: AnswerIo): AnswerIo {
  let last: Promise<void> = Promise.resolve();
  const inTurn = (say: () => void) => {
    last = last.then(() => delay(WORD_MS)).then(say);
  };
  return {
    script: io.script,
    performer: io.performer,
    answer: (status, body, type) => io.answer(status, restamped(body), type),
    stream: (piece, type) => inTurn(() => io.stream(restamped(piece), type)),
    end: () => inTurn(() => io.end()),
    violation: (what) => io.violation(what),
  };
}

/** The newest stamp of a message is the moment in which it leaves. */
function restamped(message: string): string {
  const newest = [...message.matchAll(STAMP)].at(-1);
  if (newest === undefined) return message;
  return `${message.slice(0, newest.index)}${stamp()}${message.slice(newest.index + newest[0].length)}`;
}
