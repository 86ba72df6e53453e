import { MeasuredProcess } from "../../support/measured_process.ts";
import { ServedGateway, withConfig } from "../../support/served_gateway.ts";
import type { ServiceAnswers, ServiceManner } from "./emulated_services.ts";

/** A word that fills the silence would be a first frame, too. */
const NO_FILLERS = "agents:\n  default: { fillers: false }\n";

/** A gateway as an operator starts it, and the services that it asks. */
export interface AnsweringSetup {
  readonly gateway: ServedGateway;
  /** The WebSocket address. */
  readonly url: URL;
  readonly services: MeasuredProcess<ServiceAnswers>;
}

/**
 * Runs `use` with a gateway in a process of its own and emulated services in another. `more` is the rest of the config,
 * `llm` more keys of the language model's block.
 */
export async function withAnswering(
  manner: ServiceManner,
  { more = NO_FILLERS, llm = "", emulated = ["asr", "llm", "tts"], transport = "deno" }: {
    readonly more?: string;
    readonly llm?: string;
    /** What of it is emulated; the rest is built in. */
    readonly emulated?: readonly ("asr" | "llm" | "tts")[];
    readonly transport?: "deno" | "ws";
  },
  use: (setup: AnsweringSetup) => Promise<void>,
): Promise<void> {
  await using services = new MeasuredProcess<ServiceAnswers>(
    new URL("./emulated_services.ts", import.meta.url),
    { args: [JSON.stringify(manner)] },
  );
  await services.url();
  const urls = await services.ask("urls");
  const blocks = {
    asr: `asr:\n  emulated: { type: openai, url: "${urls.asr}", maxStreams: 200 }\n`,
    llm: `llm:\n  emulated: { type: openai, url: "${urls.llm}", model: m, ${llm || "maxConcurrent: 200"} }\n`,
    tts:
      `tts:\n  emulated: { type: openai, url: "${urls.voice}", model: m, voice: v, languages: [en], maxStreams: 400 }\n`,
  };
  const config = emulated.map((section) => blocks[section]).join("") +
    `server:\n  transport: ${transport}\n` + more;
  await withConfig(async (path) => {
    await using gateway = new ServedGateway(path);
    await use({ gateway, url: new URL(await gateway.warm()), services });
  }, config);
}
