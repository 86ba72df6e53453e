import { EarshotError } from "../../errors/mod.ts";

/**
 * The device whose id stands in a request's address below `path`; `cannot` is what is not done otherwise, as it should
 * read after `Cannot`.
 *
 * @throws {EarshotError} `protocol.invalid_message`
 */
export function deviceBelow(
  path: string,
  { request, cannot }: { readonly request: Request; readonly cannot: string },
): string {
  try {
    const deviceId = decodeURIComponent(new URL(request.url).pathname.slice(path.length));
    if (deviceId !== "") return deviceId;
  } catch {
    // It is told below.
  }
  throw new EarshotError("protocol.invalid_message", `Cannot ${cannot}: give its id below ${path}`);
}
