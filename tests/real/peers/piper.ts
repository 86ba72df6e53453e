import { Peer } from "../peer.ts";
import { pythonWith } from "../python.ts";
import { joeVoice } from "../weights.ts";

/** Where and how a server with Piper runs. */
export interface PiperOptions {
  /** Where its log goes, and its settings. */
  readonly dir: string;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Samples a second of the voice. */
export const JOE_RATE_HZ = 22_050;
/** Its name. */
export const JOE = "en_US-joe-medium";

/** Piper's own server: `POST /synthesize`. */
export async function startPiper({ dir, signal }: PiperOptions): Promise<Peer> {
  const python = await pythonWith("piper.txt", signal);
  const voice = `${await joeVoice(signal)}/${JOE}.onnx`;
  return await Peer.start({
    name: "piper",
    dir,
    signal,
    command: (port) => [
      ...[python, "-m", "piper.http_server", "--host", "127.0.0.1", "--port", String(port), "--model", voice],
    ],
  });
}

/** The same voice behind a server of somebody else that speaks as OpenAI's does. */
export async function startPiperStudio({ dir, signal }: PiperOptions): Promise<Peer> {
  const python = await pythonWith("piper.txt", signal);
  const data = `${dir}/piper-studio`;
  await Deno.mkdir(data, { recursive: true });
  const settings = { voices_dir: await joeVoice(signal), device: "cpu", api_default_voice: JOE };
  await Deno.writeTextFile(`${data}/settings.json`, JSON.stringify(settings));
  return await Peer.start({
    name: "piper-studio",
    dir,
    signal,
    command: (port) => [python.replace(/[^/]*$/, "local-tts"), "--host", "127.0.0.1", "--port", String(port)],
    env: () => ({ LOCAL_TTS_DATA_DIR: data }),
  });
}

/** The same voice behind a Wyoming server, as Home Assistant's add-on is, which speaks text as it is written or not. */
export async function startWyomingPiper(
  { dir, signal, streaming }: PiperOptions & { readonly streaming: boolean },
): Promise<Peer> {
  const python = await pythonWith("wyoming_piper.txt", signal);
  const voices = await joeVoice(signal);
  const downloads = `${dir}/wyoming-piper`;
  await Deno.mkdir(downloads, { recursive: true });
  return await Peer.start({
    name: streaming ? "wyoming-piper" : "wyoming-piper-whole",
    dir,
    signal,
    command: (port) => [
      ...[python, "-m", "wyoming_piper", "--uri", `tcp://127.0.0.1:${port}`, "--voice", JOE],
      ...["--data-dir", voices, "--download-dir", downloads],
      // Without its variations, it says a text the same way each time.
      ...["--noise-scale", "0", "--noise-w-scale", "0"],
      ...(streaming ? [] : ["--no-streaming"]),
    ],
  });
}
