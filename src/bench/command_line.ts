/**
 * The flags of `bench`: what was typed becomes scenarios, numbers and addresses, or one clear sentence
 * about what is wrong. The numbers are the list in settings.ts.
 */
// @ts-types="../base/std_types/parse_args.d.ts"
import { parseArgs } from "@std/cli/parse-args";
import type { OptionRow, OptionTable } from "../options/option_row.ts";
import type { Layers } from "./client_task.ts";
import type { Variation } from "./rounds.ts";
import { isScenarioName, SCENARIO_NAMES, type ScenarioName, SCENARIOS } from "./scenarios.ts";
import {
  isSettingName,
  SETTING_NAMES,
  type SettingName,
  SETTINGS,
  type Settings,
  settingValue,
} from "./settings.ts";

/** The flags that are not numbers of a scenario. */
const FLAGS = {
  "nsqd-tcp-address": {
    kind: "text",
    help: "HOST:PORT of a running nsqd; without it one is started",
  },
  "nsqd-http-address": { kind: "text", help: "its HTTP address, when not the TCP port plus 1" },
  "target-pid": { kind: "text", help: "its process on this machine, for CPU and memory" },
  "peer": { kind: "repeated", help: "HOST:PORT of another nsqd to compare with; repeatable" },
  "peer-http": { kind: "repeated", help: "its HTTP address, when not the TCP port plus 1" },
  "peer-pid": { kind: "repeated", help: "its process on this machine, in the order of --peer" },
  "durability": {
    kind: "text",
    help: "memory, async or fsync: of the nsqd that is started; running ones keep theirs",
  },
  "tls": { kind: "boolean", help: "encrypt; any certificate will do" },
  "snappy": { kind: "boolean", help: "compress with snappy; all messages of a batch are alike" },
  "deflate": { kind: "boolean", help: "compress with deflate" },
  "vary": {
    kind: "text",
    help: "NAME:N,N,... runs every scenario with each N, such as --vary=size:10,1000",
  },
  "json": { kind: "boolean", help: "print JSON instead of a table" },
  "help": { kind: "boolean", help: "show this" },
} as const satisfies Record<string, { kind: "text" | "repeated" | "boolean"; help: string }>;

type FlagName = keyof typeof FLAGS;

/** An address of a running server, with what is known of it. */
export interface Address {
  readonly hostname: string;
  readonly tcpPort: number;
  readonly httpPort: number;
  readonly pid: number | null;
}

/** What was asked for. */
export interface BenchRequest {
  readonly scenarios: readonly ScenarioName[];
  readonly settings: Partial<Settings>;
  readonly layers: Layers;
  readonly variation: Variation | null;
  /** The running server to measure first, or null to start our own. */
  readonly target: Address | null;
  readonly peers: readonly Address[];
  /** Flags for the server that is started: what stood behind `--`. */
  readonly serverFlags: readonly string[];
  readonly isJson: boolean;
  readonly isHelp: boolean;
}

/** Understands `words`. Throws an `Error` whose message is for the person who typed them. */
export function benchRequest(words: readonly string[]): BenchRequest {
  const [own, serverFlags] = parted(words);
  const flags = typedFlags(own);
  const target = flags.text("nsqd-tcp-address");
  const [https, pids] = [flags.texts("peer-http"), flags.texts("peer-pid")];
  if (target === undefined && flags.text("nsqd-http-address") !== undefined) {
    throw new Error("--nsqd-http-address needs --nsqd-tcp-address beside it");
  }
  if (target !== undefined && serverFlags.length > 0) {
    throw new Error("flags behind -- are for the server that bench starts; it starts none here");
  }
  const durability = flags.text("durability");
  if (durability !== undefined) serverFlags.unshift(durabilityFlag(durability, target));
  return {
    scenarios: flags.words.length > 0 ? flags.words.map(scenarioNamed) : SCENARIO_NAMES,
    settings: flags.settings,
    layers: layersOf(flags.isSet),
    variation: variationOf(flags.text("vary")),
    target: target === undefined
      ? null
      : address(target, flags.text("nsqd-http-address"), flags.text("target-pid")),
    peers: flags.texts("peer").map((peer, index) => address(peer, https[index], pids[index])),
    serverFlags,
    isJson: flags.isSet("json"),
    isHelp: flags.isSet("help"),
  };
}

/** The flags as a table of options, for completions. */
export function benchTable(): OptionTable {
  const group = "Bench";
  const numbers = SETTING_NAMES.map((name): [string, OptionRow] => {
    const { default: standard, help } = SETTINGS[name];
    return [name, { group, type: "float", default: standard, help }];
  });
  const others = Object.entries(FLAGS).map(([name, { kind, help }]): [string, OptionRow] => {
    if (kind === "boolean") return [name, { group, type: "bool", default: false, help }];
    if (kind === "repeated") return [name, { group, type: "list", default: [], help }];
    return [name, { group, type: "string", default: "", help }];
  });
  return Object.fromEntries([...numbers, ...others]);
}

/** The text of `--help`. */
export function benchHelp(): string {
  const scenarios = SCENARIO_NAMES.map((name) => [name, SCENARIOS[name].help]);
  const numbers = SETTING_NAMES.map((name) => {
    return [`--${name}=N`, `${SETTINGS[name].help} (${SETTINGS[name].default})`];
  });
  const others = Object.entries(FLAGS).map(([name, { kind, help }]) => {
    return [`--${name}${kind === "boolean" ? "" : "=..."}`, help];
  });
  return `Measures an nsqd, and others beside it in the same run.

Usage: nsqd bench [SCENARIO...] [flags] [-- flags of the nsqd that is started]

Scenarios (all of them where none is named; each has defaults of its own):
${indented(scenarios)}
Numbers:
${indented(numbers)}
Servers and output:
${indented(others)}
One connection publishes and one consumes in latency; its other channels and connections are idle.
Peers keep the flags they run with: give them --mem-queue-size=10000000 to compare memory with
memory, 0 for the disk scenarios, and their default for topics and stats: nsqd 1.3 reserves memory
for that many messages in every topic and channel. Memory of connections means most on servers that
have just been started. For many connections raise the limit of open files (ulimit -n) for the
servers too.
`;
}

function durabilityFlag(durability: string, target: string | undefined): string {
  if (target !== undefined) {
    throw new Error("--durability is for the server that bench starts; it starts none here");
  }
  if (/^(memory|async|fsync)$/.test(durability)) return `--durability=${durability}`;
  throw new Error(`--durability=${durability} is not memory, async or fsync`);
}

function layersOf(isSet: (name: FlagName) => boolean): Layers {
  const layers = { tls: isSet("tls"), snappy: isSet("snappy"), deflate: isSet("deflate") };
  if (layers.snappy && layers.deflate) throw new Error("use --snappy or --deflate, not both");
  return layers;
}

function variationOf(text: string | undefined): Variation | null {
  if (text === undefined) return null;
  const [name = "", values, ...rest] = text.split(":");
  if (!isSettingName(name) || values === undefined || rest.length > 0 || name === "rounds") {
    const names = SETTING_NAMES.filter((setting) => setting !== "rounds").join(", ");
    throw new Error(`--vary=${text} is not NAME:N,N,... with a name of ${names}`);
  }
  return { name, values: values.split(",").map((value) => settingValue(name, value)) };
}

function indented(rows: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  return rows.map(([name = "", help = ""]) => `  ${name.padEnd(width)}  ${help}\n`).join("");
}

function parted(words: readonly string[]): [string[], string[]] {
  const at = words.indexOf("--");
  return at < 0 ? [[...words], []] : [words.slice(0, at), words.slice(at + 1)];
}

/** The flags that were typed, by kind. */
function typedFlags(words: readonly string[]) {
  const repeated = flagsOf("repeated");
  const { _: positional, ...typed } = parseArgs(words, {
    string: [...SETTING_NAMES, ...flagsOf("text"), ...repeated],
    boolean: flagsOf("boolean"),
    collect: repeated,
  });
  const unknown = Object.keys(typed).find((name) => !isSettingName(name) && !isFlagName(name));
  if (unknown !== undefined) {
    throw new Error(`there is no flag --${unknown}; see nsqd bench --help`);
  }
  const text = (name: FlagName | SettingName): string | undefined => {
    const value = typed[name];
    return typeof value === "string" ? value : undefined;
  };
  return {
    words: positional.map(String),
    settings: typedSettings(text),
    text,
    texts(name: FlagName): string[] {
      const value = typed[name];
      return Array.isArray(value) ? value.map(String) : [];
    },
    isSet: (name: FlagName): boolean => typed[name] === true,
  };
}

function typedSettings(text: (name: SettingName) => string | undefined): Partial<Settings> {
  const settings: Partial<Record<SettingName, number>> = {};
  for (const name of SETTING_NAMES) {
    const value = text(name);
    if (value !== undefined) settings[name] = settingValue(name, value);
  }
  return settings;
}

function flagsOf(kind: "text" | "repeated" | "boolean"): string[] {
  return Object.entries(FLAGS).filter(([, row]) => row.kind === kind).map(([name]) => name);
}

function isFlagName(name: string): name is FlagName {
  return Object.hasOwn(FLAGS, name);
}

function scenarioNamed(name: string): ScenarioName {
  if (isScenarioName(name)) return name;
  throw new Error(`there is no scenario "${name}"; there are ${SCENARIO_NAMES.join(", ")}`);
}

function address(tcp: string, http: string | undefined, pid: string | undefined): Address {
  const { hostname, port } = hostAndPort(tcp);
  return {
    hostname,
    tcpPort: port,
    httpPort: http === undefined ? port + 1 : hostAndPort(http).port,
    pid: pid === undefined ? null : processId(pid),
  };
}

function hostAndPort(text: string): { hostname: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]*)):(\d+)$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65535) {
    throw new Error(`"${text}" is not of the form HOST:PORT`);
  }
  return { hostname: bracketed ?? (plain || "127.0.0.1"), port: Number(port) };
}

function processId(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`"${text}" is not the number of a process`);
  return Number(text);
}
