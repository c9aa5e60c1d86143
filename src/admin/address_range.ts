// A network as Go's net.ParseCIDR reads it (`127.0.0.1/8`), and whether an address is in it.

import { BlockList, isIP } from "node:net";

/** Addresses of one network. */
export class AddressRange {
  readonly #list = new BlockList();

  /** @throws {SyntaxError} when the text is no network */
  constructor(text: string) {
    const match = /^([^/%]+)\/(\d{1,3})$/.exec(text);
    const family = isIP(match?.[1] ?? "");
    const prefix = Number(match?.[2]);
    if (match === null || family === 0 || prefix > (family === 4 ? 32 : 128)) {
      throw new SyntaxError(`invalid CIDR address: ${text}`);
    }
    this.#list.addSubnet(match[1]!, prefix, family === 4 ? "ipv4" : "ipv6");
  }

  /** Whether an address is in it; undefined when it is no address. */
  includes(address: string): boolean | undefined {
    const plain = address.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
    const family = isIP(plain);
    return family === 0 ? undefined : this.#list.check(plain, family === 4 ? "ipv4" : "ipv6");
  }
}
