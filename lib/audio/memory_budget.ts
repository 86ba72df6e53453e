import { BinaryHeap } from "@std/data-structures";

/** How far the cap is undercut when it is enforced, so that it is not enforced again at the next chunk. */
const TARGET = 0.9;
/** The least that an account pays at a time, as a part of the cap: it bounds the work when many weigh the same. */
const STEP = 1 / 8_192;

/** What a {@linkcode MemoryBudget} has done. */
export interface MemoryBudgetStats {
  /** The most that all accounts were ever charged, in bytes: the cap, and what the chunk that passed it was over. */
  readonly peakBytes: number;
  /** How often the cap was passed. */
  readonly overruns: number;
}

/** Frees at least `bytes` as charged, or all there is, and credits them. */
export type Payer = (bytes: number) => void;

/**
 * The process-wide cap on sound. Charging costs an addition and a comparison; only when the cap is passed are
 * the accounts weighed, and the heaviest pay until 90 % of it is left.
 */
export class MemoryBudget {
  /** The cap, in bytes as charged. */
  readonly capBytes: number;
  readonly #accounts = new Set<MemoryAccount>();
  readonly #owner: AccountOwner;
  #chargedBytes = 0;
  #peakBytes = 0;
  #overruns = 0;

  /** A budget of `capBytes`. */
  constructor(capBytes: number) {
    this.capBytes = capBytes;
    this.#owner = {
      move: (bytes) => {
        this.#chargedBytes += bytes;
        if (this.#chargedBytes > this.#peakBytes) this.#peakBytes = this.#chargedBytes;
        if (this.#chargedBytes > this.capBytes) this.#collect();
      },
      closed: (account) => this.#accounts.delete(account),
    };
  }

  /** What all accounts are charged, in bytes. */
  get chargedBytes(): number {
    return this.#chargedBytes;
  }

  /** A snapshot. */
  get stats(): MemoryBudgetStats {
    return { peakBytes: this.#peakBytes, overruns: this.#overruns };
  }

  /** Opens an account; close it to give back what it is charged. */
  open(name: string): MemoryAccount {
    const account = new MemoryAccount(name, this.#owner);
    this.#accounts.add(account);
    return account;
  }

  #collect(): void {
    this.#overruns++;
    const targetBytes = this.capBytes * TARGET;
    const heap = BinaryHeap.from(this.#accounts, { compare: (a, b) => b.chargedBytes - a.chargedBytes });
    while (this.#chargedBytes > targetBytes) {
      const heaviest = heap.pop();
      if (heaviest === undefined) return;
      const lead = heaviest.chargedBytes - (heap.peek()?.chargedBytes ?? 0);
      const dueBytes = Math.max(lead, this.capBytes * STEP);
      const { chargedBytes } = heaviest;
      heaviest.pay(Math.min(dueBytes, this.#chargedBytes - targetBytes));
      if (heaviest.chargedBytes < chargedBytes) heap.push(heaviest);
    }
  }
}

/** The side of a budget that its accounts see. */
export interface AccountOwner {
  /** An account was charged `bytes`, or credited if negative. */
  move(bytes: number): void;
  /** An account is closed. */
  closed(account: MemoryAccount): void;
}

/** One session's share of a {@linkcode MemoryBudget}, which opens it. */
export class MemoryAccount {
  /** Whose it is. */
  readonly name: string;
  readonly #owner: AccountOwner;
  #payer: Payer = () => {};
  #chargedBytes = 0;
  #closed = false;

  /** Made by {@linkcode MemoryBudget.open}. */
  constructor(name: string, owner: AccountOwner) {
    this.name = name;
    this.#owner = owner;
  }

  /** What it is charged, in bytes. */
  get chargedBytes(): number {
    return this.#chargedBytes;
  }

  /** Charges `bytes`; passing the cap makes the heaviest accounts pay, which may be this one. Throws once closed. */
  charge(bytes: number): void {
    if (this.#closed) throw new TypeError(`Cannot charge ${this.name}: its account is closed`);
    this.#chargedBytes += bytes;
    this.#owner.move(bytes);
  }

  /** Gives back `bytes` of what was charged. */
  credit(bytes: number): void {
    if (this.#closed) return;
    this.#chargedBytes -= bytes;
    this.#owner.move(-bytes);
  }

  /** Sets what frees memory when this account has to pay; without it the account never pays. */
  onPay(payer: Payer): void {
    this.#payer = payer;
  }

  /** Has `bytes` freed. */
  pay(bytes: number): void {
    this.#payer(bytes);
  }

  /** Gives back everything. May be called twice. */
  close(): void {
    this.credit(this.#chargedBytes);
    this.#closed = true;
    this.#owner.closed(this);
  }
}
