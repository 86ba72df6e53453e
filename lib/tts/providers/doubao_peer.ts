import { HttpRefusal } from "../../net/mod.ts";
import { connectionError, doubaoRefusal, type ServiceName } from "../../service/mod.ts";
import { unquoteRefusal } from "../text/unquote.ts";
import type { DoubaoVoiceSettings } from "./doubao_request.ts";

/** Who is asked, and how it should speak. */
export interface DoubaoPeer {
  readonly service: ServiceName;
  readonly url: string;
  /** Those of a request, with an id that is fresh. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly settings: DoubaoVoiceSettings;
}

/** Whatever asking the service threw, as an error of it, without what it repeats of what was `said`. */
export function refusedBy(
  { service, url }: DoubaoPeer,
  { thrown, said = "" }: { readonly thrown: unknown; readonly said?: string },
): Error {
  if (!(thrown instanceof HttpRefusal)) return connectionError(service, thrown);
  return doubaoRefusal(service, unquoteRefusal(thrown, { url, said }));
}
