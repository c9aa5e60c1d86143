/**
 * The numbers a scenario runs with: one list of flags, which parsing, checks and help come from. What
 * was not typed is the scenario's own default, and failing that the one here.
 */

interface SettingRow {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly help: string;
}

/** Every number that can be set, by the name of its flag. */
export const SETTINGS = {
  size: { default: 200, min: 8, max: 1 << 20, help: "bytes of a message" },
  batch: {
    default: 200,
    min: 0,
    max: 100_000,
    help: "messages of an MPUB, fewer where they make 4 MB; 0 sends PUBs",
  },
  connections: {
    default: 2,
    min: 1,
    max: 60_000,
    help: "connections of publishers and consumers; of latency, two work",
  },
  channels: { default: 1, min: 1, max: 1000, help: "channels, each of which gets every message" },
  topics: {
    default: 0,
    min: 0,
    max: 100_000,
    help: "other topics, with a channel each, all idle",
  },
  ephemeral: {
    default: 1,
    min: 0,
    max: 1,
    help: "1 makes those ephemeral; 0 does not, and then nsqd 1.3 takes long to create thousands",
  },
  backlog: {
    default: 0,
    min: 0,
    max: 100_000_000,
    help: "messages that wait in a channel nobody consumes",
  },
  seconds: { default: 3, min: 0.1, max: 86_400, help: "how long a round takes" },
  messages: {
    default: 2_000_000,
    min: 1,
    max: 100_000_000,
    help: "messages of a scenario that fills a channel first",
  },
  rate: { default: 500, min: 1, max: 10_000_000, help: "messages a second of a fixed rate" },
  rdy: { default: 2500, min: 1, max: 100_000, help: "messages in flight of each consumer" },
  window: { default: 1, min: 1, max: 10_000, help: "commands sent before an OK is waited for" },
  processes: { default: 0, min: 0, max: 64, help: "client processes; 0 leaves the server a core" },
  rounds: { default: 3, min: 1, max: 1000, help: "rounds, of which the median is shown" },
} as const satisfies Record<string, SettingRow>;

/** The name of a setting. */
export type SettingName = keyof typeof SETTINGS;

/** A value for every setting. */
export type Settings = Readonly<Record<SettingName, number>>;

/** The settings' names in the order of the list. */
export const SETTING_NAMES = Object.keys(SETTINGS).filter(isSettingName);

/** Whether `name` is a setting. */
export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

/** All settings: what was typed, else the scenario's default, else the list's. */
export function settingsOf(
  typed: Partial<Settings>,
  defaults: Partial<Settings>,
): Settings {
  const listed: Record<SettingName, number> = { ...SETTINGS_DEFAULT };
  return { ...listed, ...defaults, ...typed };
}

/** The number `text` stands for. Throws a sentence that names the flag and its bounds. */
export function settingValue(name: SettingName, text: string): number {
  const row: SettingRow = SETTINGS[name];
  const value = text.trim() === "" ? NaN : Number(text);
  const isWhole = name === "seconds" || Number.isInteger(value);
  if (!(value >= row.min && value <= row.max) || !isWhole) {
    throw new Error(`--${name}=${text} is not a number from ${row.min} to ${row.max}`);
  }
  return value;
}

const SETTINGS_DEFAULT: Settings = {
  size: SETTINGS.size.default,
  batch: SETTINGS.batch.default,
  connections: SETTINGS.connections.default,
  channels: SETTINGS.channels.default,
  topics: SETTINGS.topics.default,
  ephemeral: SETTINGS.ephemeral.default,
  backlog: SETTINGS.backlog.default,
  seconds: SETTINGS.seconds.default,
  messages: SETTINGS.messages.default,
  rate: SETTINGS.rate.default,
  rdy: SETTINGS.rdy.default,
  window: SETTINGS.window.default,
  processes: SETTINGS.processes.default,
  rounds: SETTINGS.rounds.default,
};
