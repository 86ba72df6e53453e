import { delay } from "@std/async";
import { MeasuredProcess } from "../support/measured_process.ts";
import { MODELS_DIR } from "../support/models.ts";
import { ASK, COUNTRY, FELLOW, speechPath } from "../support/speech.ts";
import { earshot } from "../support/cli.ts";
const [devices = "100", seconds = "8", mode = "auto", which = "main"] = Deno.args;
await using service = new MeasuredProcess(new URL("./support/funasr_process.ts", import.meta.url), {
  args: ["100"],
});
const dir = await Deno.makeTempDir();
await Deno.writeTextFile(
  `${dir}/config.yaml`,
  `models: { dir: ${await Deno.realPath(MODELS_DIR)} }
asr: { lan: { type: funasr, url: "${(await service.url()).href}", endpointing: vad, maxStreams: 2000 } }
vad: { endSilenceMs: 700 }
agents: { default: { llm: none } }
`,
);
const { tasks } = JSON.parse(await Deno.readTextFile("deno.json"));
const [, run, ...words] = String(tasks.start.command).split(" ");
const child = new Deno.Command(Deno.execPath(), {
  args: [
    run!,
    "--inspect=127.0.0.1:9333",
    ...words,
    "--json",
    "--port",
    "0",
    "--hostname",
    "127.0.0.1",
    "--config",
    `${dir}/config.yaml`,
    "--data",
    dir,
  ],
  stdout: "piped",
  stderr: "null",
  env: { EARSHOT_PROF: "1" },
}).spawn();
const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
const { value = "" } = await lines.read();
const { http, websocket } = JSON.parse(value.split("\n")[0]!);
while (
  !(await fetch(new URL("readyz", http)).then(async (r) => {
    await r.body?.cancel();
    return r.ok;
  }))
) await delay(100);
const load = earshot([
  "load",
  "--json",
  "--url",
  websocket,
  "--devices",
  devices,
  "--ramp",
  "2s",
  "--duration",
  `${Number(seconds) + 8}s`,
  "--mode",
  mode,
  "--pause",
  "300ms",
  "--utterances",
  ...[COUNTRY, ASK, FELLOW].map(speechPath),
]);
const report = load.output();
await delay(5000);
const [target] = await (await fetch("http://127.0.0.1:9333/json")).json();
const ws = new WebSocket(target.webSocketDebuggerUrl);
await new Promise((r) => ws.onopen = r);
let id = 0;
const waits = new Map<number, (v: any) => void>();
ws.onmessage = (e) => {
  const m = JSON.parse(e.data);
  waits.get(m.id)?.(m.result);
};
const call = (method: string, params = {}) =>
  new Promise<any>((r) => {
    waits.set(++id, r);
    ws.send(JSON.stringify({ id, method, params }));
  });
await call("Profiler.enable");
await call("Profiler.setSamplingInterval", { interval: 500 });
const cpu0 = await Deno.readTextFile(`/proc/${child.pid}/task/${child.pid}/stat`);
await call("Profiler.start");
await delay(Number(seconds) * 1000);
const { profile } = await call("Profiler.stop");
const cpu1 = await Deno.readTextFile(`/proc/${child.pid}/task/${child.pid}/stat`);
const ticks = (s: string) => {
  const p = s.split(" ");
  return Number(p[13]) + Number(p[14]);
};
console.log("main cores", (ticks(cpu1) - ticks(cpu0)) / 100 / Number(seconds));
await Deno.writeTextFile("/tmp/prof/main.cpuprofile", JSON.stringify(profile));
const self = new Map<string, number>();
const byId = new Map(profile.nodes.map((n: any) => [n.id, n]));
const parent = new Map<number, any>();
for (const n of profile.nodes) for (const c of n.children ?? []) parent.set(c, n);
const total = new Map<string, number>();
const name = (n: any) =>
  `${n.callFrame.functionName || "(anon)"} ${n.callFrame.url.split("/").slice(-2).join("/")}:${
    n.callFrame.lineNumber + 1
  }`;
profile.samples.forEach((s: number, i: number) => {
  const dt = profile.timeDeltas[i];
  const n: any = byId.get(s);
  const k = name(n);
  self.set(k, (self.get(k) ?? 0) + dt);
  const seen = new Set<string>();
  for (let m: any = n; m; m = parent.get(m.id)) {
    const k = name(m);
    if (!seen.has(k)) {
      seen.add(k);
      total.set(k, (total.get(k) ?? 0) + dt);
    }
  }
});
const show = (m: Map<string, number>, n: number) => {
  for (const [k, v] of [...m].sort((a, b) => b[1] - a[1]).slice(0, n)) {
    console.log((v / 1e3 / Number(seconds) / Number(devices)).toFixed(3), "ms/dev-s", k);
  }
};
console.log("SELF");
show(self, 40);
console.log("TOTAL");
show(total, 45);
const r = JSON.parse(new TextDecoder().decode((await report).stdout));
console.log(JSON.stringify(r.latencyMs?.text), JSON.stringify(r.turns));
child.kill("SIGKILL");
ws.close();
Deno.exit(0);
