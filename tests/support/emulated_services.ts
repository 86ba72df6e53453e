import { systemClock } from "../../lib/lifecycle/mod.ts";
import type { LlmProvider } from "../../lib/llm/mod.ts";
import type { ServiceBlock } from "../../lib/service/mod.ts";
import type { TtsProvider } from "../../lib/tts/mod.ts";
import type { ConfigChanges } from "./config_of.ts";
import { startChatCompletions } from "./emulators/chat_completions.ts";
import type { LlmEmulator } from "./emulators/llm_emulator.ts";
import { openaiSpeech, type OpenaiSpeechManner } from "./emulators/openai_speech.ts";
import { SpeechEmulator } from "./emulators/speech_emulator.ts";
import { openLlm } from "./open_llm.ts";
import { openVoice } from "./open_voice.ts";

/** The name of both services in the config. */
const NAME = "openai";

/** Options of {@linkcode EmulatedServices.open}. */
export interface EmulatedServicesOptions {
  /** What the language model's block says besides its address. */
  readonly llm?: Readonly<Record<string, unknown>>;
  /** What the voice's block says besides its address. */
  readonly tts?: Readonly<Record<string, unknown>>;
  /** The key that the language model's server wants. Default: none. */
  readonly llmKey?: string;
  /** The keys that are sent, where there are any. */
  readonly sentKeys?: { readonly llm?: string; readonly tts?: string };
  /** What kind of voice it is; by default one that wants no key. */
  readonly manner?: OpenaiSpeechManner;
}

/** A language model and a voice on sockets of this machine, and the providers over them, as a gateway opens them. */
export class EmulatedServices implements AsyncDisposable {
  readonly llm: LlmEmulator;
  readonly voice: SpeechEmulator;
  /** For the gateway's config. */
  readonly blocks: { readonly llm: ServiceBlock; readonly tts: ServiceBlock };
  readonly #stack: AsyncDisposableStack;
  #providers: { readonly llm: LlmProvider; readonly tts: TtsProvider } | undefined;

  private constructor(
    llm: LlmEmulator,
    voice: SpeechEmulator,
    { llm: llmBlock, tts: ttsBlock, stack }: EmulatedServicesOptions & {
      readonly stack: AsyncDisposableStack;
    },
  ) {
    this.llm = llm;
    this.voice = voice;
    this.#stack = stack;
    this.blocks = {
      llm: { type: NAME, url: llm.url, model: "m", ...llmBlock },
      tts: { type: NAME, url: `${voice.origin}/v1`, ...ttsBlock },
    };
  }

  /** Starts both servers. */
  static async open(options: EmulatedServicesOptions = {}): Promise<EmulatedServices> {
    const { llmKey, sentKeys = {}, manner = { server: "kokoro" } } = options;
    await using stack = new AsyncDisposableStack();
    const llm = stack.use(
      await startChatCompletions("openai", llmKey === undefined ? {} : { apiKey: llmKey }),
    );
    const voice = stack.use(await SpeechEmulator.start(openaiSpeech(manner)));
    const services = new EmulatedServices(llm, voice, { ...options, stack: stack.move() });
    const secret = (apiKey: string | undefined) => apiKey === undefined ? {} : { secrets: { apiKey } };
    const providers = {
      llm: await openLlm(services.blocks.llm, secret(sentKeys.llm)),
      tts: await openVoice(services.blocks.tts, { name: NAME, clock: systemClock, ...secret(sentKeys.tts) }),
    };
    services.#providers = providers;
    services.#stack.defer(async () => {
      await providers.llm.close?.();
      await providers.tts.close?.();
    });
    return services;
  }

  /** For the gateway: the config sections of both, and an agent that uses them. */
  config(agent: Readonly<Record<string, unknown>> = {}): Pick<ConfigChanges, "llm" | "tts" | "agents"> {
    return {
      llm: { [NAME]: this.blocks.llm },
      tts: { [NAME]: this.blocks.tts },
      agents: { default: { llm: NAME, tts: NAME, fillers: false, ...agent } },
    };
  }

  /** For the gateway: the opened services. */
  get providers(): {
    readonly llms: ReadonlyMap<string, LlmProvider>;
    readonly voices: ReadonlyMap<string, TtsProvider>;
  } {
    if (this.#providers === undefined) throw new Error("Cannot give the providers: they are not open");
    const { llm, tts } = this.#providers;
    return { llms: new Map([[NAME, llm]]), voices: new Map([[NAME, tts]]) };
  }

  /** Requests that have not ended, at either server. */
  get pending(): number {
    return this.llm.pending + this.voice.pending;
  }

  /** Ends both servers; fails where one was asked what none takes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
