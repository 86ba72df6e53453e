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
const JOE = "en_US-joe-medium";

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
