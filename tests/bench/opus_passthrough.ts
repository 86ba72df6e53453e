/**
 * What a second of speech costs whose voice sends Ogg Opus over HTTP, from its answer to packets that are ready for a
 * player: passed as it is, and decoded, leveled and encoded again, beside bare relays of the same answers, in turn in one
 * run, for bodies that come at once and page by page. Then the same with the player and the devices, which every answer
 * has. Service, readers and devices are processes of their own. Arguments: how many read at once, how many texts each
 * reads in a round, and for how many seconds devices are spoken to (0 leaves them out).
 *
 * `deno task opus-passthrough`, 4 minutes
 */
import { delay } from "@std/async";
import { MeasuredProcess } from "../support/measured_process.ts";
import type { PacingAnswers, PacingLoad } from "./support/pacing_devices.ts";
import { percentile, report, round } from "./support/report.ts";
import type { SpeakingAnswers } from "./support/speaking_process.ts";
import type { FlowsRun } from "./support/speech_flows.ts";

const [readers = "40", texts = "48", seconds = "12"] = Deno.args;
const ROUNDS = 3;
/** Texts that make the voice known, and have the code compiled. */
const WARM_TEXTS = 24;
/** The same in time, with devices, in s. */
const WARM_SECONDS = 14;
const LIMIT = 1.5;
/** How long a piece sounds, in s, at least; answers go on for longer than they are measured. */
const PIECE_SECONDS = 2.5;

await using service = new MeasuredProcess(new URL("./support/packet_service.ts", import.meta.url));
const serviceUrl = (await service.url()).href;
const origin = serviceUrl.replace("ws:", "http:");
const textSeconds = Number(await (await fetch(`${origin}seconds`)).json());

/** CPU for a second of sound in each round, in ms. */
type Rounds = Readonly<Record<string, readonly number[]>>;

async function measureReaders(way: string, manners: readonly string[]): Promise<Rounds> {
  await using stack = new AsyncDisposableStack();
  const processes = manners.map((manner) => {
    const reader = new MeasuredProcess<Record<string, FlowsRun>>(
      new URL("./support/speech_flows.ts", import.meta.url),
      { args: [manner, `${origin}${manner === "encode" ? "encode" : way}`, readers], asStarted: true },
    );
    return { manner, reader: stack.use(reader), cpuMs: [] as number[] };
  });
  for (const { reader } of processes) {
    await reader.url();
    await reader.ask(String(WARM_TEXTS));
  }
  for (let index = 0; index < ROUNDS; index++) {
    for (const { manner, reader, cpuMs } of processes) {
      // What is encoded takes 30 times as long.
      const count = Math.ceil(Number(texts) / (manner === "encode" ? 12 : 1));
      const { cpuSeconds } = await reader.ask(String(count));
      cpuMs.push(cpuSeconds * 1_000 / (Number(readers) * count * textSeconds));
    }
  }
  return Object.fromEntries(processes.map(({ manner, cpuMs }) => [manner, cpuMs]));
}

function reportReaders(how: string, rounds: Rounds): void {
  const [load1] = Deno.loadavg();
  const middle = (manner: string) => percentile(rounds[manner] ?? [], 0.5);
  for (const [manner, cpuMs] of Object.entries(rounds)) {
    const detail = { cpuMs: cpuMs.map((ms) => Math.round(ms * 1_000) / 1_000), load: round(load1 ?? NaN) };
    report({
      name: `a second of speech ${how}: ${manner}`,
      measured: middle(manner),
      unit: "ms of CPU",
      detail,
    });
  }
  const name = `a second of speech ${how} that passes undecoded`;
  report({
    name: `${name}, of a bare relay`,
    measured: middle("voice") / middle("relay"),
    unit: "x",
    limit: LIMIT,
  });
  report({
    name: `${name}, of a bare relay that cuts out the packets`,
    measured: middle("voice") / middle("cut"),
    unit: "x",
  });
}

/** The same with a player and a device for each answer, at the pace of speech. */
async function measureDevices(manner: "relay" | "pass"): Promise<number> {
  const pieces = Math.ceil((WARM_SECONDS + 2 * Number(seconds)) / PIECE_SECONDS);
  await using server = new MeasuredProcess<SpeakingAnswers>(
    new URL("./support/speaking_process.ts", import.meta.url),
    { args: [manner, serviceUrl, String(pieces)], asStarted: true },
  );
  const load: PacingLoad = {
    devices: Number(readers),
    seconds: WARM_SECONDS + Number(seconds) + 1,
    what: "answers",
  };
  await using clients = new MeasuredProcess<PacingAnswers>(
    new URL("./support/pacing_devices.ts", import.meta.url),
    { args: [(await server.url()).href, JSON.stringify(load)] },
  );
  await clients.url();
  const heard = clients.ask("run");
  await delay(WARM_SECONDS * 1_000);
  const [before, beganMs] = [await server.ask("usage"), performance.now()];
  await delay(Number(seconds) * 1_000);
  const [after, endedMs] = [await server.ask("usage"), performance.now()];
  await heard;
  const cpuSeconds = (after.cpuSeconds ?? NaN) - (before.cpuSeconds ?? NaN);
  // Each device plays on: a second of sound in a second.
  return cpuSeconds * 1e6 / (endedMs - beganMs) / Number(readers);
}

reportReaders("that comes at once", await measureReaders("pass", ["relay", "cut", "voice", "encode"]));
reportReaders("that comes page by page", await measureReaders("paged", ["relay", "cut", "voice"]));
if (Number(seconds) > 0) {
  for (const manner of ["relay", "pass"] as const) {
    const what = manner === "relay" ? "a bare relay of sockets" : "a gateway whose voice passes";
    report({
      name: `a second of speech to a device, with its player, by ${what}`,
      measured: await measureDevices(manner),
      unit: "ms of CPU",
    });
  }
}
