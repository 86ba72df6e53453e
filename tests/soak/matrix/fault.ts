import type { Memory } from "../../../lib/memory/mod.ts";
import type { SessionEnd } from "../../../lib/session/mod.ts";
import type { HandDevice } from "../../support/hand_device.ts";
import type { TestGateway } from "../../support/test_gateway.ts";
import type { EngineControl } from "./engine_control.ts";
import type { StateName } from "./states.ts";
import type { ConfigChanges } from "../../support/config_of.ts";

/** What a fault has to do with. */
export interface Cell {
  readonly gateway: TestGateway;
  readonly device: HandDevice;
  readonly control: EngineControl;
  /** The headers that the device connected with. */
  readonly headers: Record<string, string>;
  /** Released when the cell ends, the last first. */
  readonly stack: AsyncDisposableStack;
  /** Moves the gateway's clock. */
  readonly jump: (ms: number) => void;
}

/** What becomes of the session: it goes on to the end of its turn, or it ends in one of these ways. */
export type Outcome = "goes on" | readonly SessionEnd["type"][];

/** Something that goes wrong. */
export interface Fault {
  readonly name: string;
  /** Whether it needs an engine in a process. */
  readonly control?: "process";
  /** What it needs of the config. */
  readonly config?: ConfigChanges;
  /** How few descriptors the process has. */
  readonly descriptorLimit?: number;
  /** What keeps what was said. */
  readonly memory?: (stack: AsyncDisposableStack) => Promise<Memory>;
  /** Whether the device can hear no more, so that nobody can tell it anything. */
  readonly deaf?: boolean;
  /** Makes it go wrong. */
  readonly strike: (cell: Cell) => Promise<void> | void;
  /** Mends what would keep a second device from being served; whatever the fault took is given back. */
  readonly mend?: (cell: Cell) => Promise<void> | void;
  /** What becomes of the session, unless `except` says otherwise for a state. */
  readonly outcome: Outcome;
  readonly except?: { readonly [State in StateName]?: Outcome };
}
