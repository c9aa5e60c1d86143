// The flags that say where a tool reads, which all tools that consume share, and what they amount to together.
// Knows no particular tool.

import type { ConsumerOptions } from "../client/consumer_options.ts";
import { OptionError } from "../options/option_error.ts";
import type { OptionsOf, OptionTable } from "../options/option_row.ts";

/** The first group of every reading tool's flags. */
export const SOURCE = "Where from";

/** The servers, to be spread into a tool's table. */
export const sourceFlags = {
  nsqdTcpAddress: {
    group: SOURCE,
    type: "list",
    default: [],
    help: "host:port or socket path of an nsqd to read from",
  },
  lookupdHttpAddress: {
    group: SOURCE,
    type: "list",
    default: [],
    help: "host:port of the HTTP of an nsqlookupd, which says where the topics are",
  },
  maxInFlight: {
    group: SOURCE,
    type: "int",
    default: 200,
    bounds: { from: 1 },
    help: "messages in flight at most, for each topic",
  },
} as const satisfies OptionTable;

/** Where messages come from: one kind of address. */
export type Source = Pick<ConsumerOptions, "addresses" | "lookupdHttpAddresses">;

/**
 * Where messages come from, given one kind of address. `end` is what one of NSQ's tools has behind a sentence.
 * Throws OptionError.
 */
export function sourceOf(
  options: Pick<OptionsOf<typeof sourceFlags>, "nsqdTcpAddress" | "lookupdHttpAddress">,
  end = "",
): Source {
  const { nsqdTcpAddress: addresses, lookupdHttpAddress: lookupdHttpAddresses } = options;
  if (addresses.length > 0 && lookupdHttpAddresses.length > 0) {
    throw new OptionError("use --nsqd-tcp-address or --lookupd-http-address not both", 1);
  }
  if (addresses.length > 0) return { addresses };
  if (lookupdHttpAddresses.length > 0) return { lookupdHttpAddresses };
  throw new OptionError(`--nsqd-tcp-address or --lookupd-http-address required${end}`, 1);
}
