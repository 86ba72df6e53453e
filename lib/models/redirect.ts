/** The statuses of redirects. */
export const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** The target of a redirect; never from https to something weaker. */
export function redirected(from: string, location: string): string | undefined {
  const to = URL.parse(location, from);
  const safe = to?.protocol === "https:" || (to?.protocol === "http:" && from.startsWith("http:"));
  return safe ? to?.href : undefined;
}
