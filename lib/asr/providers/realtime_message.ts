/** Sound as the realtime protocols of OpenAI and of Qwen carry it: base64 in JSON. */
export function appendMessage(piece: Uint8Array): string {
  return JSON.stringify({ type: "input_audio_buffer.append", audio: piece.toBase64() });
}
