import type { AgentSettings } from "../agents/mod.ts";
import { EarshotError } from "../errors/mod.ts";

/** The longest prompt, in bytes. */
const MAX_BYTES = 131_072;

/**
 * Reads the prompt files of agents, by the agent's name.
 *
 * @throws {EarshotError} `config.invalid`, naming the agent and the file
 */
export async function readPrompts(
  agents: readonly Pick<AgentSettings, "name" | "prompt">[],
): Promise<ReadonlyMap<string, string>> {
  const prompts = new Map<string, string>();
  for (const { name, prompt } of agents) {
    if (typeof prompt !== "string") prompts.set(name, await readPrompt(name, prompt.file));
  }
  return prompts;
}

async function readPrompt(agent: string, file: string): Promise<string> {
  const key = `agents.${agent}.prompt.file`;
  try {
    const bytes = await Deno.readFile(file);
    if (bytes.length > MAX_BYTES) throw new RangeError(`it has more than ${MAX_BYTES} bytes`);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
  } catch (cause) {
    const state = cause instanceof Deno.errors.NotFound
      ? "there is no such file; the path is seen from the directory in which Earshot was started"
      : cause instanceof TypeError
      ? "it is no text in UTF-8"
      : cause instanceof Error
      ? cause.message
      : String(cause);
    throw new EarshotError("config.invalid", `Cannot use ${key}: ${file}: ${state}`, { cause });
  }
}
