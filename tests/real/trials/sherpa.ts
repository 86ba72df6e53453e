import { chineseSpeech, englishSpeech, type Heard, pathsOf, type Speech } from "../clips.ts";
import { type Recognizer, withGateway } from "../hear.ts";
import { Peer } from "../peer.ts";
import { pythonWith } from "../python.ts";
import { readHeard, run } from "../run.ts";
import { type Row, say } from "../table.ts";
import { ALLOWED, countRow, type Trial } from "../trial.ts";
import { sha256Of, type SherpaFiles, whisperForSherpa } from "../weights.ts";

const BARE_MS = 600_000;

/** `asr.sherpaServer` against sherpa-onnx's offline WebSocket server with Whisper base. */
export const sherpaServerTrial: Trial = {
  name: "sherpa-server",
  async run(context) {
    const programs = await programsOf(context.signal);
    const files = await whisperForSherpa(context.signal);
    const rows: Row[] = [];
    for (const speech of [chineseSpeech(), englishSpeech(context.all)]) {
      const bare = await bareModel(speech, { programs, files, signal: context.signal });
      await using peer = await Peer.start({
        name: `sherpa-onnx-offline-websocket-server-${speech.language}`,
        dir: context.dir,
        signal: context.signal,
        command: (port) => [
          `${programs}/sherpa-onnx-offline-websocket-server`,
          `--port=${port}`,
          `--log-file=${context.dir}/sherpa-onnx.log`,
          ...modelWords(files, speech),
        ],
      });
      const asr = `type: sherpaServer, url: "ws://127.0.0.1:${peer.port}", mode: offline`;
      const recognizer = "Whisper base in sherpa-onnx's server";
      rows.push(
        await hearAuto(speech, { asr, language: speech.language }, {
          recognizer,
          bare,
          signal: context.signal,
        }),
      );
    }
    return rows;
  },
};

/** `asr.sherpa`, sherpa-onnx in the engine process, with the same model. */
export const sherpaTrial: Trial = {
  name: "sherpa",
  async run({ signal }) {
    const programs = await programsOf(signal);
    const files = await whisperForSherpa(signal);
    const speech = chineseSpeech();
    const bare = await bareModel(speech, { programs, files, signal });
    const parts = await Promise.all(
      Object.entries(files).map(async ([part, path]) =>
        `${part}: { path: "${path}", sha256: ${await sha256Of(path)} }`
      ),
    );
    const asr = "type: sherpa, kind: whisper, model: whisper-base, threads: 2";
    const custom = `{ whisper-base: { files: { ${parts.join(", ")} } } }`;
    const recognizer = "Whisper base in the engine (asr.sherpa)";
    return [await hearAuto(speech, { asr, language: "zh", custom }, { recognizer, bare, signal })];
  },
};

interface Hearing {
  readonly recognizer: string;
  readonly bare: readonly Heard[];
  readonly signal: AbortSignal;
}

async function hearAuto(
  speech: Speech,
  config: Recognizer,
  { recognizer, bare, signal }: Hearing,
): Promise<Row> {
  return await withGateway(config, signal, async (hear) => {
    const heard = await hear(speech, "auto");
    return await countRow(speech, { recognizer, mode: "auto", heard, bare, allowed: ALLOWED });
  });
}

async function programsOf(signal: AbortSignal): Promise<string> {
  const python = await pythonWith("sherpa.txt", signal);
  return python.replace(/\/[^/]*$/, "");
}

function modelWords({ encoder, decoder, tokens }: SherpaFiles, { language }: Speech): string[] {
  return [
    `--tokens=${tokens}`,
    `--whisper-encoder=${encoder}`,
    `--whisper-decoder=${decoder}`,
    `--whisper-language=${language}`,
    "--whisper-task=transcribe",
    "--num-threads=2",
  ];
}

interface Model {
  readonly programs: string;
  readonly files: SherpaFiles;
  readonly signal: AbortSignal;
}

/** What sherpa-onnx's own program hears in the recordings; it answers in their order. */
async function bareModel(speech: Speech, { programs, files, signal }: Model): Promise<Heard[]> {
  say(`  the bare model hears ${speech.language}`);
  const words = [`${programs}/sherpa-onnx-offline`, ...modelWords(files, speech), ...pathsOf(speech)];
  const said = readHeard(await run(words, { signal, deadlineMs: BARE_MS }), speech.clips.length);
  return said.map(({ text }, index) => ({ file: speech.clips[index]?.file ?? "", text }));
}
