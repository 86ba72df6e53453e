import { readWavAsPcm16 } from "../../lib/audio/mod.ts";
import { SHARED_DIR } from "./speech.ts";

/** One of the shared recordings that real clients brought, 16 kHz mono. */
export async function readWav(file: string): Promise<Int16Array> {
  return readWavAsPcm16(await Deno.readFile(`${SHARED_DIR}/trials/wav/${file}`), 16_000);
}
