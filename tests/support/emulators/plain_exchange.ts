import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { AnswerIo, Dialect, PlainRequest, Refusal } from "./dialect.ts";
import { Performer } from "./performer.ts";
import type { Script } from "./script.ts";
import { gather } from "./socket_emulator.ts";

const GIANT_BYTES = 10 << 20;

/** One plain request and its answer; the connection may carry another one afterward. */
export class PlainExchange implements AnswerIo {
  readonly script: Script;
  readonly performer: Performer;
  readonly #socket: Socket;
  readonly #onViolation: (what: string) => void;
  readonly #onClosed = () => this.performer.stop();
  #state: "waiting" | "streaming" | "over" = "waiting";

  constructor(
    socket: Socket,
    { script, onViolation }: { readonly script: Script; readonly onViolation: (what: string) => void },
  ) {
    this.script = script;
    this.#socket = socket;
    this.#onViolation = onViolation;
    this.performer = new Performer(script, {
      drop: () => socket.destroy(),
      giant: () => this.#giant(),
      trickle: () => this.#trickle(),
      stopReading: () => {}, // all of it has been read
      gather: (say) => gather(socket, say),
    });
    socket.on("close", this.#onClosed);
  }

  /** Lets the dialect answer. */
  async serve(dialect: Dialect, request: PlainRequest): Promise<void> {
    const form = await readForm(request);
    const answer = dialect.request?.(this, { ...request, ...(form && { form }) });
    if (answer === undefined) return this.violation("a plain request");
    this.performer.renderer = answer;
    answer.begin();
  }

  answer(status: number, body: string, type = "application/json"): void {
    if (this.#state !== "waiting") return;
    this.#head(status, [`content-type: ${type}`, `content-length: ${Buffer.byteLength(body)}`]);
    this.#socket.write(body);
    this.#over();
  }

  /** Answers instead of the dialect, and lets nothing follow on the connection. */
  refuse({ status, body }: Refusal): void {
    this.answer(status, body);
    this.#socket.end();
  }

  stream(piece: string, type: string): void {
    if (this.#state === "over") return;
    if (this.#state === "waiting") this.#head(200, [`content-type: ${type}`, "transfer-encoding: chunked"]);
    this.#state = "streaming";
    this.#socket.write(`${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`);
  }

  end(): void {
    if (this.#state !== "streaming") return;
    this.#socket.write("0\r\n\r\n");
    this.#over();
  }

  violation(what: string): void {
    this.#onViolation(what);
    this.answer(400, '{"error":{"message":"violation"}}');
  }

  #giant(): void {
    if (this.#state === "streaming") this.stream("x".repeat(GIANT_BYTES), "");
    else this.answer(200, "x".repeat(GIANT_BYTES));
  }

  /** An answer that never becomes whole: a byte a second. */
  #trickle(): void {
    if (this.#state === "waiting") {
      this.#head(200, ["content-type: application/json", `content-length: ${GIANT_BYTES}`]);
    } else this.#socket.write(`${GIANT_BYTES.toString(16)}\r\n`);
    this.#state = "over";
    const timer = setInterval(() => this.#socket.write("x"), 1_000);
    this.#socket.on("close", () => clearInterval(timer));
  }

  #head(status: number, headers: readonly string[]): void {
    this.#socket.write([`HTTP/1.1 ${status} Said`, ...headers, "", ""].join("\r\n"));
  }

  #over(): void {
    this.#state = "over";
    this.performer.stop();
    this.#socket.off("close", this.#onClosed);
  }
}

async function readForm({ headers, body }: PlainRequest): Promise<FormData | undefined> {
  const type = headers["content-type"];
  if (type === undefined || !/^(multipart\/form-data|application\/x-www-form-urlencoded)/.test(type)) return;
  try {
    return await new Response(body, { headers: { "content-type": type } }).formData();
  } catch {
    return; // the dialect says that it is missing
  }
}
