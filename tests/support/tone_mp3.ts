/** 440 Hz for 600 ms at 24 kHz, mono, 48 kbit/s, 27 frames of 144 bytes: made with lamejs, as Edge sends it. */
export const TONE_MP3: Uint8Array<ArrayBuffer> = Deno.readFileSync(new URL("./tone.mp3", import.meta.url));
