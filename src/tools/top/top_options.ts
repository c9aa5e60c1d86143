// The options of top and what they amount to together.

import { OptionError } from "../../options/option_error.ts";
import type { OptionTable } from "../../options/option_row.ts";
import { clusterFlags, type ClusterSettings, clusterSettings } from "../cluster/cluster_flags.ts";
import { refuseRest, type ToolWords, versionFlag } from "../tool_options.ts";
import { type Column, VIEWS } from "./columns.ts";

const VIEW = "View";

/** The flags of top. */
export const topTable = {
  ...clusterFlags,
  view: {
    group: VIEW,
    type: "choice",
    choices: ["channels", "topics", "nodes"],
    default: "channels",
    help: "the table that is shown first",
  },
  sort: {
    group: VIEW,
    type: "string",
    default: "depth",
    help: "the column to sort by, as its heading says, in any case",
  },
  filter: { group: VIEW, type: "string", default: "", help: "show only names that contain this" },
  interval: {
    group: VIEW,
    type: "duration",
    default: 1_000,
    bounds: { from: 100 },
    help: "time between looks; rates are taken over it",
  },
  once: {
    group: VIEW,
    type: "bool",
    default: false,
    help: "look twice, print the table as text and exit; so it is where the output is no terminal",
  },
  json: { group: VIEW, type: "bool", default: false, help: "the same as JSON" },
  ...versionFlag,
} as const satisfies OptionTable;

/** What top is asked to do; times in milliseconds. */
export interface TopSettings {
  readonly cluster: ClusterSettings;
  readonly view: "channels" | "topics" | "nodes";
  /** A heading. */
  readonly sort: string;
  readonly filter: string;
  readonly intervalMs: number;
  readonly isOnce: boolean;
  readonly isJson: boolean;
}

/** Puts the words together. Throws OptionError. */
export function topSettings({ options, rest }: ToolWords<typeof topTable>): TopSettings {
  refuseRest(rest);
  if (options.nsqdHttpAddress.length > 0 && options.lookupdHttpAddress.length > 0) {
    throw new OptionError("use --nsqd-http-address or --lookupd-http-address, not both", 1);
  }
  const columns: readonly Column[] = VIEWS[options.view].columns;
  const headings = columns.map(({ heading }) => heading);
  const sort = headings.find((heading) => heading.toLowerCase() === options.sort.toLowerCase());
  if (sort === undefined) {
    const known = headings.join(", ").toLowerCase();
    throw new OptionError(`--sort=${options.sort} is no column; there are ${known}`, 1);
  }
  return {
    cluster: clusterSettings("nsqd_top", options),
    view: options.view,
    sort,
    filter: options.filter,
    intervalMs: options.interval,
    isOnce: options.once,
    isJson: options.json,
  };
}
