import type { ErrorCode } from "../../../lib/errors/mod.ts";
import type { FixedSentence } from "../../../lib/tts/mod.ts";
import type { ToolStep } from "../../../lib/tools/mod.ts";
import type { SessionEnd } from "../../../lib/session/mod.ts";
import type { LlmBehavior } from "../../support/emulators/llm_behavior.ts";
import type { SpeechScript } from "../../support/emulators/speech_script.ts";
import type { EmulatedServices } from "../../support/emulated_services.ts";
import type { HandDevice } from "../../support/hand_device.ts";
import type { TestGateway } from "../../support/test_gateway.ts";
import type { ScriptedCall } from "../../support/emulators/call_shapes.ts";
import type { CalledTool, ToolScript } from "./called_tool.ts";
import type { EngineControl } from "./engine_control.ts";

/** Where an answer may be when something goes wrong: nothing of it has been heard, or its first sentence is playing. */
export type AnswerStateName = "thinking" | "speaking";

/** What a fault of an answer has to do with. */
export interface AnswerCell {
  readonly gateway: TestGateway;
  readonly device: HandDevice;
  readonly services: EmulatedServices;
  readonly control: EngineControl;
  /** What the answer calls, where it calls something. */
  readonly tool?: CalledTool;
  /** Released when the cell ends, the last first. */
  readonly stack: AsyncDisposableStack;
}

/** What becomes of the answer in which it goes wrong. */
export type AnswerOutcome =
  /** The device shows and says what is wrong; `orAnswered`: unless a second try went well. */
  | { readonly type: "told"; readonly codes: readonly ErrorCode[]; readonly orAnswered?: boolean }
  /** It is cut, and the device says so. */
  | { readonly type: "cut"; readonly sentence: FixedSentence }
  /** It plays to its end. */
  | { readonly type: "answered" }
  /** The device has given it up, and gets nothing more of it. */
  | { readonly type: "given up"; readonly stops: boolean }
  /** The session ends, in one of these ways. */
  | { readonly type: "ended"; readonly ends: readonly SessionEnd["type"][] };

/** A tool that an answer calls, and what comes of it. */
export interface FaultyTool {
  readonly script: ToolScript;
  /** What the model calls, by how many rounds it has called already. Default: the tool, once. */
  readonly calls?: (round: number) => readonly ScriptedCall[];
  /** What the record says of each call. */
  readonly steps: readonly ToolStep["status"][];
  /** Whether it can be called in the next turn; else no tool can. Default: yes. */
  readonly back?: boolean;
}

/** Something that goes wrong with an answer. */
export interface AnswerFault {
  readonly name: string;
  /** What speaks: the voice of the emulator, or that of an engine in a process of its own. */
  readonly voice?: "engine";
  /** What the agent says. */
  readonly agent?: Readonly<Record<string, unknown>>;
  /**
   * What the language model does: to a question while one waits for its answer, or to another one that is typed while an
   * answer plays. A number is the token of an answer at which it happens: the second, or one of the second sentence.
   */
  readonly llm?: LlmBehavior | ((token: number) => LlmBehavior);
  /** What the voice does from then on. */
  readonly tts?: SpeechScript;
  /** What is called before a word of the answer, or after its first sentence, while that plays. */
  readonly tool?: FaultyTool;
  /** How long the language model takes for the first word of an answer that is struck while it thinks, in ms. */
  readonly thinksMs?: number;
  /** Whatever else goes wrong; where a tool is called, in mid-call. */
  readonly strike?: (cell: AnswerCell) => Promise<void> | void;
  /** Takes back what `strike` did, before the next question. */
  readonly mend?: (cell: AnswerCell) => Promise<void> | void;
  /** Whether the device can hear no more. */
  readonly deaf?: boolean;
  readonly outcome: AnswerOutcome;
  readonly except?: { readonly [State in AnswerStateName]?: AnswerOutcome };
}
