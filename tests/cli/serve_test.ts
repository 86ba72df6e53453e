import { DatabaseSync } from "node:sqlite";
import { delay } from "@std/async";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SimulatedDevice } from "../../lib/device/mod.ts";
import { EXIT } from "../../lib/errors/mod.ts";
import { withDeadline } from "../../lib/lifecycle/mod.ts";
import { FAULTS } from "../soak/support/survival_faults.ts";
import { earshotCommandLine, EXECUTABLE, objectsOf, runEarshot } from "../support/cli.ts";
import { MOONSHINE_PATHS, weightsMissing } from "../support/models.ts";
import { ServedGateway, withConfig } from "../support/served_gateway.ts";
import {
  ASK,
  ASK_NOT,
  COUNTRY,
  COUNTRY_WORDS,
  speechClip,
  speechMissing,
  speechPath,
} from "../support/speech.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { wordErrors } from "../support/word_errors.ts";

const ignore = weightsMissing || speechMissing();

/** What `earshot serve` shows as it starts with this config. */
async function bannerWith(yaml: string): Promise<string> {
  let shown = "";
  await withConfig(async (config) => {
    await withTempDir(async (data) => {
      const args = earshotCommandLine(["serve", "--port", "0", "--config", config, "--data", data]);
      const [program = "", ...words] = args;
      const child = new Deno.Command(program, { args: words, stdin: "null", stdout: "piped", stderr: "null" })
        .spawn();
      for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
        shown += part;
        if (!shown.includes("stop ")) continue;
        child.kill("SIGTERM");
        break;
      }
      await child.status;
    });
  }, yaml);
  return shown;
}

test("the banner shows the URL that devices are told, where the config has one", async () => {
  const vosk = 'asr: { vosk: { type: vosk, url: "ws://127.0.0.1:9" } }\n';
  const shown = await bannerWith(`server: { publicUrl: "wss://voice.example/x/" }\n${vosk}`);
  assertMatch(shown, /devices are told +WebSocket URL +wss:\/\/voice\.example\/x\/\n/);
  assertMatch(shown, /type into a device +OTA URL +http:\/\/[\d.]+:\d+\/xiaozhi\/ota\/\n/);
  assert(!shown.includes("or, where it asks"), "another WebSocket URL is offered");

  const behind = `server: { hostname: 127.0.0.1, publicUrl: "wss://voice.example/x/" }\n${vosk}`;
  assertMatch(
    await bannerWith(behind),
    /type into a device +OTA URL +https:\/\/voice\.example\/xiaozhi\/ota\/\n/,
  );
});

test("serve listens, hears a device, and ends at a signal with a report", async () => {
  await withConfig(async (config) => {
    await using served = new ServedGateway(config);
    const listening = await served.next();
    assertEquals(listening["type"], "listening");
    assertMatch(String(listening["websocket"]), /^ws:\/\/127\.0\.0\.1:\d+\/xiaozhi\/v1\/$/);
    const health = await fetch(`${listening["http"]}healthz`);
    assertEquals((await health.json()).status, "ok");

    const clip = speechPath(COUNTRY);
    const device = await runEarshot(["device", "--json", "--url", String(listening["websocket"]), clip]);
    assertEquals(device.code, EXIT.ok, device.stderr);
    const said = objectsOf(device.stdout);
    assertEquals(said[0]?.["type"], "hello");
    assertEquals(typeof said[0]?.["t"], "number");
    const summary = said.at(-1) ?? {};
    assertEquals(summary["type"], "summary");
    assertMatch(String(summary["texts"]), COUNTRY_WORDS);
    assert(Array.isArray(summary["endOfSpeechToTextMs"]));

    const taken = await runEarshot([
      "serve",
      "--port",
      new URL(String(listening["http"])).port,
      "--config",
      config,
    ]);
    assertEquals(taken.code, EXIT.unavailable);
    assertStringIncludes(taken.stderr, "another program has the port");

    const { code, last, stderr } = await served.end("SIGTERM");
    assertEquals(code, EXIT.ok);
    assertEquals(last["type"], "closed");
    assertEquals(last["ok"], last["total"]);
    assert(!stderr.includes("country"), "what was said is in the log");
    using store = new DatabaseSync(`${served.data}/memory/store.sqlite`, { readOnly: true });
    const kept = store.prepare("SELECT user FROM turns").all().map(({ user }) => user);
    assertEquals(kept, summary["texts"]);
  });
}, { ignore });

test(
  "a signal lets who is speaking finish, also one that comes twice at once; a later one ends the process at once",
  async () => {
    await withConfig(async (config) => {
      await Promise.all(["one", "twice at once", "two"].map(async (signals) => {
        await using served = new ServedGateway(config);
        const url = await served.warm();
        const device = runEarshot(["device", "--json", "--url", url, speechPath(ASK_NOT)]);
        await served.busy();
        if (signals === "twice at once") served.signal("SIGINT");
        if (signals === "two") {
          await served.drain("SIGTERM");
          await delay(400);
        }
        const { code, last } = await served.end("SIGTERM");
        const { stdout } = await device;
        if (signals !== "two") {
          assertEquals([code, last["type"], last["ok"]], [EXIT.ok, "closed", last["total"]]);
          assertEquals(last["drained"], { sessions: 1, unfinished: 0 });
          const texts = objectsOf(stdout).filter(({ type }) => type === "stt");
          assertEquals(texts.length, 1, stdout);
        } else {
          assertEquals([code, last], [EXIT.interrupted, {}]);
        }
      }));
    });
  },
  { ignore },
);

test("transcribe writes down what files say, and one bad file costs only itself", async () => {
  await withConfig(async (config) => {
    const files = [speechPath(COUNTRY), "deno.json", speechPath(ASK)];
    const { code, stdout, stderr } = await runEarshot(["transcribe", "--json", "--config", config, ...files]);
    assertEquals(code, EXIT.input);
    assertStringIncludes(stderr, "deno.json");
    const [first, fault, last] = objectsOf(stdout);
    assertEquals(Object.keys(first ?? {}), ["file", "text", "recognizer", "audioSeconds", "realTimeFactor"]);
    assertMatch(String(first?.["text"]), COUNTRY_WORDS);
    assertEquals(fault?.["code"], "audio.invalid_wav");
    assertEquals(last?.["file"], files[2]);
  });
}, { ignore });

test("a weight file that was tampered with is told before anything runs", async () => {
  const dir = await Deno.makeTempDir();
  const env = { npm_config_registry: "http://127.0.0.1:9/", npm_config_fetch_retries: "0" };
  try {
    await Deno.mkdir(`${dir}/models/moonshine-tiny-en`, { recursive: true });
    const { encoderPath } = MOONSHINE_PATHS;
    const bytes = await Deno.readFile(encoderPath);
    bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1;
    await Deno.writeFile(`${dir}/models/moonshine-tiny-en/encoder_model.onnx`, bytes);
    const { code, stdout } = await runEarshot([
      "models",
      "verify",
      "moonshine-tiny-en",
      "--json",
      "--data",
      dir,
    ]);
    assertEquals(code, EXIT.unavailable);
    assertEquals(objectsOf(stdout)[0]?.["state"], "tampered");
    const served = await runEarshot(["serve", "--port", "0", "--data", dir], env);
    assertEquals(served.code, EXIT.network);
    assertStringIncludes(served.stderr, "model.fetch");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}, { ignore: ignore || EXECUTABLE !== undefined }); // which carries its own

const STALLING = `
limits:
  server: { pingTimeoutSeconds: 2 }
  session: { outboxBytes: 16384, slowReaderMs: 200, closeHandshakeMs: 200 }
asr: { vosk: { type: vosk, url: "ws://127.0.0.1:9" } }
`;

test(
  "with the permissions that it is started with, a reader that stalls is counted and holds its place",
  async () => {
    await withConfig(async (config) => {
      await using served = new ServedGateway(config);
      const url = new URL(await served.warm());
      const end = new AbortController();
      {
        using connection = await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
        const acting = FAULTS.find(({ name }) => name === "stalled readers")?.act(connection, end.signal);
        try {
          await served.until(
            ({ abandoned, admission }) => abandoned === 1 && admission.held === 1,
            "it counted",
          );
        } finally {
          end.abort();
          await acting;
        }
      }
      await served.until(
        ({ abandoned, admission }) => abandoned + admission.held === 0,
        "the connection's end",
      );
    }, STALLING);
  },
  { ignore: Deno.build.os !== "linux" },
);

test("serve with the transport ws hears a device and ends an idle connection", async () => {
  await withConfig(async (config) => {
    await using served = new ServedGateway(config);
    const url = new URL(await served.warm());
    const idle = await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
    await using device = await SimulatedDevice.connect({ url }, new AbortController().signal);
    const { pcm, transcript } = speechClip(COUNTRY);
    assertEquals(wordErrors(transcript, (await device.say(pcm)).text), 0);
    assertEquals(await idle.read(new Uint8Array(1)), null);
    idle.close();
    assertEquals((await served.end("SIGTERM")).code, EXIT.ok);
  }, "server: { transport: ws }\nlimits: { server: { requestTimeoutMs: 1000 } }\n");
}, { ignore });

/** Runs a program whose stderr is a pipe that is full, and that nobody reads. */
const DEAF = `mkfifo "$0" && exec 3<>"$0" && head -c 65536 /dev/zero >&3 && exec "$@" 2>&3`;

test("a stderr that nobody reads keeps neither devices nor the end of the gateway waiting", async () => {
  await withTempDir(async (dir) => {
    await withConfig(async (config) => {
      const words = earshotCommandLine(["serve", "--json", "--port", "0", "--config", config, "--data", dir]);
      const child = new Deno.Command("/bin/sh", {
        args: ["-c", DEAF, `${dir}/stderr`, ...words],
        stdin: "null",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      try {
        const [listening] = objectsOf((await lines.read()).value ?? "");
        const url = new URL(String(listening?.["websocket"]));
        await using _device = await SimulatedDevice.connect({ url }, new AbortController().signal);
        child.kill("SIGTERM");
        const [closed] = objectsOf(
          (await withDeadline(lines.read(), 8_000, { what: "the report" })).value ?? "",
        );
        assertEquals(closed?.["type"], "closed");
        assertEquals((await withDeadline(child.status, 5_000, { what: "its end" })).code, EXIT.ok);
      } finally {
        await kill(child);
        await lines.cancel();
      }
    }, 'asr: { vosk: { type: vosk, url: "ws://127.0.0.1:9" } }\n');
  });
}, { ignore: Deno.build.os === "windows" });

async function kill(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch {
    // it has ended
  }
  await child.status;
}
