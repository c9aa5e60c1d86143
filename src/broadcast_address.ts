// `--broadcast-address=auto`: which of this machine's addresses others are told. It picks from a list it is given.

import { plainHost } from "./transport/listen_address.ts";

/** The part of `Deno.NetworkInterfaceInfo` that is looked at. */
export interface InterfaceAddress {
  readonly name: string;
  readonly family: "IPv4" | "IPv6";
  readonly address: string;
}

/** The value of the option that asks for this. */
export const AUTO = "auto";

const LOOPBACK = /^(127\.|::1$)/;
/** Good on one network segment only, and in IPv6 not without its name. */
const LINK_LOCAL = /^(169\.254\.|fe[89ab])/i;

/** The first address that others can reach, IPv4 before IPv6; undefined when there is none. */
export function reachableAddress(all: readonly InterfaceAddress[]): InterfaceAddress | undefined {
  const reachable = all.filter(({ address }) =>
    !LOOPBACK.test(plainHost(address)) && !LINK_LOCAL.test(address)
  );
  return reachable.find(({ family }) => family === "IPv4") ?? reachable[0];
}
