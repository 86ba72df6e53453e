/** Shorter ones are no secrets, and taking them out would spoil any text. */
const MIN_LENGTH = 4;

/** Every secret that was read: as many as the config names. */
const known = new Set<string>();

/** Registers a secret for {@linkcode withoutSecrets}. */
export function rememberSecret(secret: string): void {
  if (secret.length >= MIN_LENGTH) known.add(secret);
}

/** A text that a service wrote, which may repeat secrets that it was sent, without any of them. */
export function withoutSecrets(text: string): string {
  let safe = text;
  // The longest first: one may be a part of another.
  for (const secret of [...known].sort((left, right) => right.length - left.length)) {
    safe = safe.replaceAll(secret, "…");
  }
  return safe;
}
