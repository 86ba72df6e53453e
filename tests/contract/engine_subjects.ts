import { type AsrProvider, capabilitiesOf, segmentService } from "../../lib/asr/mod.ts";
import { sherpaService } from "../../lib/asr/providers/sherpa.ts";
import type { Engine, SherpaKind } from "../../lib/engine/mod.ts";
import type { ErrorCode } from "../../lib/errors/mod.ts";
import type { RefusalKind } from "../support/emulators/script.ts";
import type { CaseName } from "./cases.ts";

/** A recognizer over the engine process, which follows a script here. */
export interface EngineSubject {
  readonly name: string;
  /** The recognizer over an engine. */
  overEngine(engine: Engine): AsrProvider;
  /** What it makes of each refusal. */
  readonly refusals: Partial<Record<RefusalKind, ErrorCode>>;
  /** What it makes of an engine that ends. */
  readonly dropped: ErrorCode;
  /** Cases that do not apply, each with its reason. */
  readonly skipped: Partial<Record<CaseName, string>>;
}

const REFUSALS = {
  quota: "engine.busy",
  config: "engine.job_failed",
  bad_audio: "engine.job_failed",
} as const;

const PIPE = "the engine is our own child at the other end of a pipe";

const ANY_EAR = {
  "text on TLS": PIPE,
  "abort while opening": "opening a stream asks the engine nothing",
  "hangs at connect": "opening a stream asks the engine nothing",
  "refused: proxy": PIPE,
  "refused: auth": PIPE,
  "10 MB message": `${PIPE}; a frame of more than 8 MiB ends it (tests/engine/frame_codec_test.ts)`,
  "a byte a second": `${PIPE}; a job has one answer, and a deadline (tests/engine/engine_client_test.ts)`,
} as const;

const WHOLE = "it is given a segment whole and answers once";

const SEGMENTS = {
  ...ANY_EAR,
  "partials grow": WHOLE,
  "flood": WHOLE,
  "tried again":
    "what waits in the engine's queue is kept over a restart; a segment that it held is not repeated",
} as const;

/** The built-in recognizer over an engine. */
export function moonshineOver(engine: Pick<Engine, "recognize">): AsrProvider {
  const type = "moonshine";
  return { ...segmentService(engine), name: type, capabilities: capabilitiesOf({ type }) };
}

/** A recognizer over an engine with a model of this kind. */
export function sherpaOver(engine: Pick<Engine, "recognize" | "openStream">, kind: SherpaKind): AsrProvider {
  const name = "sherpa";
  return {
    ...sherpaService(engine, { kind, service: { family: "asr", name } }),
    name,
    capabilities: capabilitiesOf({ type: "sherpa", kind, model: "mine" }),
  };
}

/** Every adapter whose recognizer is in the engine. */
export const ENGINE_SUBJECTS: readonly EngineSubject[] = [
  {
    name: "moonshine",
    overEngine: moonshineOver,
    refusals: REFUSALS,
    dropped: "engine.crashed",
    skipped: SEGMENTS,
  },
  {
    name: "sherpa moonshine",
    overEngine: (engine) => sherpaOver(engine, "moonshine"),
    refusals: REFUSALS,
    dropped: "engine.crashed",
    skipped: SEGMENTS,
  },
  {
    name: "sherpa zipformer",
    overEngine: (engine) => sherpaOver(engine, "zipformer"),
    refusals: REFUSALS,
    dropped: "engine.crashed",
    skipped: ANY_EAR,
  },
];
