import { Answer, type AskOptions, type LlmChain } from "./answer.ts";
import type { LlmCapabilities, LlmRequest } from "./contract.ts";

/** What an agent answers with: a chain of services, of which the next takes over from one that fails. */
export class Answerer {
  readonly #members: LlmChain;

  /** Asks nothing yet. */
  constructor(members: LlmChain) {
    this.#members = members;
  }

  /** What each service of the chain can do. */
  get capabilities(): readonly [LlmCapabilities, ...LlmCapabilities[]] {
    const [first, ...others] = this.#members.map(({ provider }) => provider.capabilities);
    return [first ?? this.#members[0].provider.capabilities, ...others];
  }

  /** How many tokens of conversation and answer each of them can read; `undefined` where none says. */
  get contextTokens(): number | undefined {
    const known = this.capabilities.flatMap(({ contextTokens = [] }) => contextTokens);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /**
   * Whether it may be asked ahead of time unless the agent says otherwise: it runs on this network, keeps no history and
   * does nothing but answer.
   */
  get answersAhead(): boolean {
    const [{ stateless, acts = false, local }] = this.capabilities;
    return stateless && !acts && local;
  }

  /** Whether its first service calls tools, so that they are worth describing. It may turn out that it does not. */
  get callsTools(): boolean {
    return this.#members[0].callsTools;
  }

  /** Asks, at once; the answer is read from what is returned. Never throws. */
  ask(request: LlmRequest, options: AskOptions): Answer {
    return new Answer(this.#members, request, options);
  }

  /** Has each service load its model, where it does that on demand; see {@linkcode LlmRunner.warm}. Never rejects. */
  async warm(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#members.map((runner) => runner.warm(signal)));
  }
}
