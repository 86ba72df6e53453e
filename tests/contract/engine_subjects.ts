import { type AsrProvider, MoonshineAdapter } from "../../lib/asr/mod.ts";
import { SherpaAdapter } from "../../lib/asr/adapters/sherpa.ts";
import type { Engine } from "../../lib/engine/mod.ts";
import type { ErrorCode } from "../../lib/errors/mod.ts";
import type { RefusalKind } from "../support/emulators/script.ts";
import type { CaseName } from "./cases.ts";

/** An adapter over the engine process, which follows a script here. */
export interface EngineSubject {
  readonly name: string;
  /** The adapter over an engine. */
  engineAdapter(engine: Engine): AsrProvider;
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

/** Every adapter whose recognizer is in the engine. */
export const ENGINE_SUBJECTS: readonly EngineSubject[] = [
  {
    name: "moonshine",
    engineAdapter: (engine) => new MoonshineAdapter(engine),
    refusals: REFUSALS,
    dropped: "engine.crashed",
    skipped: SEGMENTS,
  },
  {
    name: "sherpa moonshine",
    engineAdapter: (engine) => new SherpaAdapter(engine, { kind: "moonshine" }),
    refusals: REFUSALS,
    dropped: "engine.crashed",
    skipped: SEGMENTS,
  },
  {
    name: "sherpa zipformer",
    engineAdapter: (engine) => new SherpaAdapter(engine, { kind: "zipformer" }),
    refusals: REFUSALS,
    dropped: "engine.crashed",
    skipped: ANY_EAR,
  },
];
