/** The samples as the models take them, from -1 up to 1. */
export function toFloats(pcm: Int16Array): Float32Array {
  const floats = new Float32Array(pcm.length);
  for (let i = 0; i < pcm.length; i++) floats[i] = (pcm[i] ?? 0) / 32_768;
  return floats;
}
