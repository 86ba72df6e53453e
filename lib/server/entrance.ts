import { EarshotError } from "../errors/mod.ts";
import { readIdentity } from "../protocol/mod.ts";
import type { ApprovalNotices } from "./approval_notices.ts";
import type { Gatekeeper } from "./auth/mod.ts";
import type { Arrival } from "./connected_device.ts";
import type { Connections } from "./connections.ts";
import type { DeviceFacts } from "./device_facts.ts";
import type { DeviceSocketLimits } from "./device_socket.ts";
import { upgradeCall } from "./handshake.ts";
import type { HttpCall } from "./http_engine.ts";
import type { ServerEvent } from "./server_event.ts";

/** Options of an {@linkcode Entrance}. */
export interface EntranceOptions {
  /** The largest messages. */
  readonly limits: DeviceSocketLimits;
  /** Decides who comes in. */
  readonly gatekeeper: Gatekeeper;
  /** Where they then are. */
  readonly connections: Connections;
  /** Where those are who wait for approval. */
  readonly notices: ApprovalNotices;
  /** What devices have said of themselves. */
  readonly facts: DeviceFacts;
  /** Throws when nobody is taken any more. */
  readonly requireOpen: () => void;
  /** Told what happened; must not throw. */
  readonly onEvent: (event: ServerEvent) => void;
}

/** Where a request comes from. */
export interface Origin {
  /** Whom it comes from, behind trusted proxies. */
  readonly from: string;
  /** The address under which limits count; none for this machine and for those who speak for many. */
  readonly address: string | undefined;
  /** The host that was asked for. */
  readonly host: string | null;
}

/** Lets devices in: each is checked before the upgrade, and only who may speak gets a session. */
export class Entrance {
  readonly #options: EntranceOptions;

  /** Lets in from now on. */
  constructor(options: EntranceOptions) {
    this.#options = options;
  }

  /** Answers a request for a WebSocket. Rejects with `auth.*`, `server.*` or `protocol.invalid_message`. */
  async accept(call: HttpCall, { from, address, host }: Origin): Promise<Response> {
    const { gatekeeper, connections, facts, requireOpen } = this.#options;
    const { request } = call;
    const identity = readIdentity(new URL(request.url), request.headers);
    const by = { identity, address, host };
    requireOpen();
    gatekeeper.knock(address);
    const refused = await this.#refusal(() => gatekeeper.letIn(request, by));
    const board = gatekeeper.boardOf(identity);
    const fact = { ...(board !== undefined && { board }), ...facts.of(identity) };
    const arrival: Arrival = { identity, address, from, fact };
    if (refused === undefined) return connections.open(call, arrival);
    return this.#showCode(call, arrival) ?? refuse(refused);
  }

  /** Why a device is not approved, though its token is ours; somebody may have approved it a moment ago. */
  async #refusal(letIn: () => void): Promise<EarshotError | undefined> {
    const { gatekeeper, requireOpen } = this.#options;
    if (unapproved(letIn) === undefined) return undefined;
    await gatekeeper.catchUp();
    requireOpen();
    return unapproved(letIn);
  }

  /** A device that waits for approval sees its code once more; `undefined` where it does not wait, or too many do. */
  #showCode(call: HttpCall, { identity, from, fact }: Arrival): Response | undefined {
    const { gatekeeper, notices, limits, onEvent } = this.#options;
    const code = gatekeeper.codeOf(identity);
    if (code === undefined || !notices.hasRoom(identity)) return undefined;
    const accepted = upgradeCall(call, limits);
    notices.show(accepted, { identity, code });
    const { deviceId = "" } = identity;
    onEvent({ type: "device_waits", deviceId, address: from, board: fact.board, shown: true });
    return accepted.response;
  }
}

/** What `letIn` throws at a device that is not approved; anything else is thrown on. */
function unapproved(letIn: () => void): EarshotError | undefined {
  try {
    letIn();
    return undefined;
  } catch (thrown) {
    const error = EarshotError.from(thrown);
    if (error.code !== "auth.not_approved") throw thrown;
    return error;
  }
}

function refuse(error: EarshotError): never {
  throw error;
}
