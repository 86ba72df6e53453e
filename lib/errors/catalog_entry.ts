/** What one error code means to each of its readers: the log, the device, the operator, the shell. */
export interface CatalogEntry {
  /** What happened, for the engineer. */
  readonly meaning: string;
  /** Whether the same request may succeed when it is simply made again. */
  readonly retryable: boolean;
  /** What a device shows, in the two languages that its owners read. */
  readonly device: { readonly en: string; readonly zh: string };
  /** What the operator should do. */
  readonly remedy: string;
  /** What the operator should do who has just let `earshot check` find it; without it the remedy. */
  readonly checked?: string;
  /** The exit code of a command that ends with this error; see {@linkcode EXIT}. */
  readonly exitCode: number;
}

/** Named exit codes of the command line. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  config: 3,
  input: 4,
  unavailable: 5,
  network: 6,
  internal: 70,
  interrupted: 130,
  /** Whoever read the output went away; what a shell says of a program that SIGPIPE has ended. */
  closedPipe: 141,
} as const;

const FAULT = { en: "Something went wrong, please try again", zh: "出了点问题，请再试一次" } as const;

/** Shown where the words were not understood. */
export const UNHEARD = {
  en: "I could not understand, please try again",
  zh: "没有听清，请再说一遍",
} as const;

/** A fault that trying again does not cure. */
export const FINAL = { retryable: false, device: FAULT } as const;

/** A fault that may pass. */
export const TRANSIENT = { retryable: true, device: FAULT } as const;

/** What is asked of has no room at the moment. */
export const BUSY = {
  retryable: true,
  device: { en: "I am busy, please try again", zh: "现在有点忙，请稍后再试" },
} as const;

/** The device may not take part. */
export const NOT_APPROVED = {
  retryable: false,
  device: { en: "This device is not approved", zh: "该设备未获批准" },
} as const;
