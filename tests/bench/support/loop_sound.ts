import { writeWav } from "../../../lib/audio/mod.ts";

const HZ = 16_000;
const HEADER_BYTES = 44;

/** Writes a WAV of that length in which a sound is repeated every `everySeconds`; the silence between takes no disk. */
export async function writeLoopedWav(
  path: string,
  pcm: Int16Array,
  { seconds, everySeconds }: { readonly seconds: number; readonly everySeconds: number },
): Promise<void> {
  const dataBytes = seconds * HZ * 2;
  const header = writeWav(new Int16Array(0), HZ);
  const fields = new DataView(header.buffer);
  fields.setUint32(4, 36 + dataBytes, true);
  fields.setUint32(40, dataBytes, true);
  const sound = writeWav(pcm, HZ).subarray(HEADER_BYTES);
  using file = await Deno.open(path, { write: true, create: true });
  await file.write(header);
  for (let at = 0; at < seconds; at += everySeconds) {
    await file.seek(HEADER_BYTES + at * HZ * 2, Deno.SeekMode.Start);
    await file.write(sound.subarray(0, Math.min(sound.length, dataBytes - at * HZ * 2)));
  }
  await file.truncate(HEADER_BYTES + dataBytes);
}
