import type { Clock } from "../../lifecycle/mod.ts";
import { HttpRefusal, type PeerTrust } from "../../net/mod.ts";
import { connectionError, doubaoRefusal, type ServiceName } from "../../service/mod.ts";
import type { DoubaoVoiceSettings } from "./doubao_request.ts";

/** Who is asked, and how it should speak. */
export interface DoubaoPeer {
  readonly service: ServiceName;
  readonly clock: Clock;
  readonly trust: PeerTrust;
  readonly url: string;
  /** Those of a request, with an id that is fresh. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly settings: DoubaoVoiceSettings;
}

/** Whatever asking the service threw, as an error of it. */
export function refusedBy(service: ServiceName, thrown: unknown): Error {
  return thrown instanceof HttpRefusal ? doubaoRefusal(service, thrown) : connectionError(service, thrown);
}
