/** What a test needs of a service that runs on a free port, whatever it is spoken to over. */
export interface RunningEmulator extends AsyncDisposable {
  /** Where it listens. */
  readonly origin: string;
  /** Connections since the start. */
  readonly connections: number;
  /** Connections that have not ended. */
  readonly open: number;
  /** What the adapter did that the service would not take; disposing fails with it. */
  readonly violations: string[];
  /** Ends every hang: what the other side did meanwhile is seen now. */
  wake(): void;
  /** Every connection breaks. */
  dropAll(): void;
}
