// The options of `nsqd dev`: its own, and a port flag for each port of each daemon of the table.

import { OptionError } from "../options/option_error.ts";
import type { LogLevel, OptionRow, OptionsOf, OptionTable } from "../options/option_row.ts";
import { refuseRest, type ToolWords, versionFlag } from "../tools/tool_options.ts";
import { DEV_DAEMONS, type DevDaemon, type PortKind } from "./dev_daemons.ts";

const PORTS = "Ports; where one is taken, or 0, a free one is used";
const DAEMONS: readonly (readonly [string, DevDaemon])[] = Object.entries(DEV_DAEMONS);

const ownFlags = {
  host: {
    group: "Addresses",
    type: "string",
    default: "127.0.0.1",
    help: "address of this machine to listen at and to announce",
  },
  dataPath: {
    group: "Data",
    type: "path",
    default: "",
    computedDefault: "a new folder that is removed at the end",
    help: "folder for nsqd's data, made when it is missing; it is kept",
  },
  rate: {
    group: "Traffic",
    type: "int",
    default: 50,
    unit: "messages",
    bounds: { from: 0, to: 10_000 },
    help: "messages of the sample traffic a second, on average; 0 is none",
  },
  logLevel: {
    group: "Log",
    type: "level",
    default: "warn",
    help: "lowest level of the daemons' log lines: debug, info, warn, error or fatal",
  },
  ...versionFlag,
} as const satisfies OptionTable;

/** The flags of dev. */
export const devTable: OptionTable = { ...portFlags(), ...ownFlags };

/** What dev is asked to do. */
export interface DevSettings {
  readonly host: string;
  /** The port wanted for each daemon and kind; 0 is any. */
  readonly ports: ReadonlyMap<string, Readonly<Partial<Record<PortKind, number>>>>;
  /** Undefined for a folder that goes again. */
  readonly dataPath: string | undefined;
  readonly perSecond: number;
  readonly logLevel: LogLevel;
}

/** Puts the words together. Throws OptionError. */
export function devSettings({ options, rest }: ToolWords<OptionTable>): DevSettings {
  refuseRest(rest);
  const own = options as OptionsOf<typeof ownFlags>;
  if (
    !/^(?:\d+\.){3}\d+$|^[\da-f:]+$|^[\w.-]+$/i.test(own.host) || /^(0\.0\.0\.0|:*)$/.test(own.host)
  ) {
    throw new OptionError(`--host=${own.host} is no address that clients could connect to`, 1);
  }
  const ports = DAEMONS.map(([name, daemon]) => {
    const kinds = Object.keys(daemon.ports) as PortKind[];
    const wanted = kinds.map((kind) => [kind, Number(options[portKey(name, kind)])]);
    return [name, Object.fromEntries(wanted)] as const;
  });
  return {
    host: own.host,
    ports: new Map(ports),
    dataPath: own.dataPath === "" ? undefined : own.dataPath,
    perSecond: own.rate,
    logLevel: own.logLevel,
  };
}

function portFlags(): Record<string, OptionRow> {
  const rows = DAEMONS.flatMap(([name, { ports }]) =>
    Object.entries(ports).map(([kind, port]): [string, OptionRow] => [
      portKey(name, kind),
      {
        group: PORTS,
        type: "int",
        default: port,
        bounds: { from: 0, to: 65535 },
        help: `${kind === "tcp" ? "TCP" : "HTTP"} port of ${name}`,
      },
    ])
  );
  return Object.fromEntries(rows);
}

function portKey(name: string, kind: string): string {
  return `${name}${kind === "tcp" ? "Tcp" : "Http"}Port`;
}
