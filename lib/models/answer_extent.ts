/** Which bytes an answer holds: the first one, and how many the whole file has, where it says so. */
export function extentOf(
  { status, headers }: { readonly status: number; readonly headers: Pick<Headers, "get"> },
): { readonly first: number; readonly total: number | undefined } {
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
    const total = Number(range?.[2]);
    return { first: range ? Number(range[1]) : NaN, total: Number.isInteger(total) ? total : undefined };
  }
  const length = headers.get("content-length");
  return { first: 0, total: length === null ? undefined : Number(length) };
}
