/**
 * Where a path lies below a url, which may have a query, a slash at its end, or the path of the service's questions
 * already: that is `known`, by default the path itself.
 */
export function endpointOf(
  base: string,
  path: string,
  { known = path }: { readonly known?: string } = {},
): string {
  const url = new URL(base);
  const root = url.pathname.replace(/\/+$/, "");
  url.pathname = `${root.endsWith(known) ? root.slice(0, root.length - known.length) : root}${path}`;
  return url.href;
}
