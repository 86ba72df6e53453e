import { z } from "zod";
import { type Chat, openChat, readSetup } from "../app/mod.ts";
import { EarshotError, EXIT } from "../errors/mod.ts";
import { Scope } from "../lifecycle/mod.ts";
import { configureLogging } from "../telemetry/mod.ts";
import { type CommandSpec, reportFailure } from "./command.ts";
import { Input } from "./input.ts";
import { linesOf } from "./lines.ts";
import { type Output, print, tell } from "./output.ts";
import { keepOnly } from "./permissions.ts";
import { sayWarnings, SETUP_FLAGS, setupOptions } from "./setup.ts";

const chatOptions = setupOptions.extend({ agent: z.string().min(1, "give the name of an agent").optional() });

/** `earshot chat [TEXT]` */
export const chat: CommandSpec<typeof chatOptions> = {
  usage: "chat [text]",
  summary: "talk in writing with what an agent answers with; nothing is spoken, and nothing is kept",
  examples: [
    "earshot chat",
    'earshot chat "What time is it?"',
    "earshot chat --agent kids --json < questions.txt",
  ],
  flags: [...SETUP_FLAGS, ["--agent <name>", "the agent that answers; default unless told"]],
  permissions: ["read", "net", "env", "sys"],
  options: chatOptions,
  async run({ options, args: [question], output, signal: interrupted }) {
    // Who reads no more answers asks for no more of them.
    const signal = AbortSignal.any([interrupted, output.closed]);
    const setup = await readSetup(options);
    sayWarnings(setup, output);
    await using _logging = configureLogging({ level: "error", format: "auto" });
    await using scope = new Scope("chat");
    const chat = await openChat(setup, { agent: options.agent, scope });
    // Every secret was read.
    await keepOnly(["read", "net", "sys"]);
    if (question !== undefined) {
      await answer(chat, question, { output, signal });
      return EXIT.ok;
    }
    return await converse(chat, { output, signal });
  },
};

interface Chatting {
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Answers line after line, until the last one, a goodbye, or Ctrl-C; gives the exit code of the last failure. */
async function converse(chat: Chat, { output, signal }: Chatting): Promise<number> {
  const typed = Deno.stdin.isTerminal() && !output.json;
  if (typed) output.say(`${chat.models.join(", ")} answers; Ctrl-C or Ctrl-D ends`);
  const prompt = () => typed && tell("> ");
  let exitCode: number = EXIT.ok;
  prompt();
  try {
    for await (const line of linesOf(new Input("-", signal))) {
      if (line.trim() !== "") {
        try {
          if (await answer(chat, line, { output, signal }) === "goodbye") return exitCode;
        } catch (thrown) {
          const { code } = EarshotError.from(thrown);
          if (signal.aborted || code === "cli.unwritable") throw thrown;
          // One answer that fails costs itself; the next question may be answered.
          exitCode = reportFailure(thrown, output);
        }
      }
      prompt();
    }
    if (typed) tell("\n");
    return exitCode;
  } catch (thrown) {
    // Ctrl-C is the way out of a conversation, as of the gateway.
    if (!typed || !signal.aborted) throw thrown;
    tell("\n");
    return exitCode;
  }
}

/** Answers one question, as it is written. */
async function answer(
  chat: Chat,
  question: string,
  { output, signal }: Chatting,
): Promise<"complete" | "cut" | "goodbye"> {
  const beganMs = performance.now();
  let firstPieceMs: number | undefined;
  let text = "";
  let end: "complete" | "cut" | "goodbye" = "complete";
  try {
    for await (const event of chat.answer(question, signal)) {
      if (event.type === "ended") {
        end = event.reason;
        continue;
      }
      if (event.type !== "piece") continue;
      firstPieceMs ??= Math.round(performance.now() - beganMs);
      text += event.text;
      if (!output.json) print(plain(event.text));
    }
  } finally {
    if (!output.json && text !== "") print("\n");
  }
  if (end === "cut") output.say("earshot: the answer was cut off: it is too long");
  const totalMs = Math.round(performance.now() - beganMs);
  output.result({ type: "answer", question, text, end, firstPieceMs: firstPieceMs ?? null, totalMs });
  return end;
}

/** Without what a terminal would take as a command. */
function plain(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, " ");
}
