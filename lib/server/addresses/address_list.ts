import { BlockList, isIP } from "node:net";

/** IP addresses and networks of either family; an IPv4 address mapped into IPv6 counts as itself. */
export class AddressList {
  readonly #list = new BlockList();

  /**
   * Takes addresses (`192.168.1.5`, `::1`) and networks (`10.0.0.0/8`). Throws `RangeError` for anything
   * else.
   */
  constructor(entries: readonly string[]) {
    for (const entry of entries) this.#add(entry);
  }

  /** Whether an address is in it; what is no address is not. */
  has(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#list.check(address, family === 4 ? "ipv4" : "ipv6");
  }

  #add(entry: string): void {
    const [address = "", bits, ...rest] = entry.split("/");
    const family = isIP(address);
    const maxBits = family === 4 ? 32 : 128;
    const prefix = bits === undefined ? maxBits : Number(bits);
    const wellFormed = family !== 0 && rest.length === 0 && (bits === undefined || /^\d{1,3}$/.test(bits));
    if (!wellFormed || prefix > maxBits) {
      throw new RangeError(`Cannot use ${entry} as an address: give one such as 192.168.1.5 or 10.0.0.0/8`);
    }
    this.#list.addSubnet(address, prefix, family === 4 ? "ipv4" : "ipv6");
  }
}

/** This machine, as it sees itself. */
export const LOOPBACK: AddressList = new AddressList(["127.0.0.0/8", "::1"]);
