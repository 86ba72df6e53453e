/**
 * What `earshot transcribe` holds of a file of three hours, against one of 10 s: the most that its process and its
 * engine had resident.
 *
 * `deno task long-file [hours]`, about 2 minutes
 */
import { delay } from "@std/async";
import { earshot, objectsOf } from "../support/cli.ts";
import { withConfig } from "../support/served_gateway.ts";
import { speechClip } from "../support/speech.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { writeLoopedWav } from "./support/loop_sound.ts";
import { report } from "./support/report.ts";

const LIMIT_MB = 150;
const SAMPLE_EVERY_MS = 250;
const [hours = "3"] = Deno.args;
const { pcm } = speechClip("jfk.wav");

/** The most that a process and its children had resident, in MB; 0 when it is gone. */
async function peakMb(pid: number): Promise<number> {
  try {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
    let sum = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_000;
    for (const child of children.split(" ").filter((word) => word !== "")) sum += await peakMb(Number(child));
    return sum;
  } catch {
    return 0;
  }
}

/** Transcribes a file; gives the peak of all processes together, and how many parts had words. */
async function transcribeFile(config: string, file: string): Promise<{ peak: number; parts: number }> {
  const child = earshot(["transcribe", "--json", "--config", config, file]).spawn();
  const output = child.output();
  let ended = false;
  output.finally(() => ended = true);
  let peak = 0;
  while (!ended) {
    peak = Math.max(peak, await peakMb(child.pid));
    await delay(SAMPLE_EVERY_MS);
  }
  const { code, stdout, stderr } = await output;
  if (code !== 0) {
    throw new Error(`Cannot go on: transcribe ended with ${code}: ${new TextDecoder().decode(stderr)}`);
  }
  return { peak, parts: objectsOf(new TextDecoder().decode(stdout)).length };
}

await withConfig(async (config) => {
  await withTempDir(async (dir) => {
    await writeLoopedWav(`${dir}/short.wav`, pcm, { seconds: 10, everySeconds: 10 });
    await writeLoopedWav(`${dir}/long.wav`, pcm, { seconds: Number(hours) * 3_600, everySeconds: 60 });
    const short = await transcribeFile(config, `${dir}/short.wav`);
    const startedMs = performance.now();
    const long = await transcribeFile(config, `${dir}/long.wav`);
    report({
      name: `memory for a file of ${hours} h, more than for one of 10 s`,
      measured: long.peak - short.peak,
      unit: "MB",
      limit: LIMIT_MB,
      detail: {
        shortMb: Math.round(short.peak),
        longMb: Math.round(long.peak),
        parts: long.parts,
        seconds: Math.round((performance.now() - startedMs) / 1_000),
      },
    });
  });
});
