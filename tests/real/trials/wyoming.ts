import { chineseSpeech, englishSpeech, type Heard, pathsOf, type Speech } from "../clips.ts";
import { withGateway } from "../hear.ts";
import { Peer } from "../peer.ts";
import { pythonFile, pythonWith } from "../python.ts";
import { readHeard, run } from "../run.ts";
import { type Row, say } from "../table.ts";
import { ALLOWED, countRow, type Trial, type TrialContext } from "../trial.ts";
import { whisperForCTranslate2 } from "../weights.ts";

const BARE_MS = 600_000;

/** `asr.wyoming` against wyoming-faster-whisper with Whisper base. */
export const wyomingTrial: Trial = { name: "wyoming", run: runTrial };

async function runTrial({ signal, all, dir }: TrialContext): Promise<Row[]> {
  const python = await pythonWith("wyoming.txt", signal);
  const model = await whisperForCTranslate2(signal);
  const spoken = [
    { speech: chineseSpeech(), modes: ["auto", "realtime", "manual"] as const },
    { speech: englishSpeech(all), modes: ["auto", "realtime"] as const },
  ];
  // Before the server is there: both would hold the model at once.
  const bare = new Map<Speech, readonly Heard[]>();
  for (const { speech } of spoken) {
    say(`  the bare model hears ${speech.language}`);
    const words = [python, pythonFile("bare_whisper.py"), model, speech.language, ...pathsOf(speech)];
    bare.set(speech, readHeard(await run(words, { signal, deadlineMs: BARE_MS }), speech.clips.length));
  }
  await using peer = await Peer.start({
    name: "wyoming-faster-whisper",
    dir,
    signal,
    command: (port) => [
      ...[python, "-m", "wyoming_faster_whisper", "--uri", `tcp://127.0.0.1:${port}`],
      ...["--model", model, "--data-dir", dir, "--local-files-only"],
      ...["--beam-size", "5", "--cpu-threads", String(navigator.hardwareConcurrency)],
    ],
  });
  const rows: Row[] = [];
  for (const { speech, modes } of spoken) {
    const asr = `type: wyoming, url: "tcp://127.0.0.1:${peer.port}"`;
    await withGateway({ asr, language: speech.language }, signal, async (hear) => {
      for (const mode of modes) {
        rows.push(
          await countRow(speech, {
            recognizer: "Whisper base over Wyoming",
            mode,
            heard: await hear(speech, mode),
            bare: bare.get(speech) ?? [],
            allowed: ALLOWED,
          }),
        );
      }
    });
  }
  return rows;
}
