// The names of nsq_to_file's files: tokens in angle brackets and the date in strftime's language. Pure.
// Unlike upstream nothing but tokens is replaced: a format that contains "2006" or "Jan" keeps it.

/** What the tokens stand for. */
export interface FileNaming {
  /** With `<TOPIC>`, `<HOST>`, `<PID>`, `<DATETIME>` and `<REV>`; may contain `/`. */
  readonly filenameFormat: string;
  /** In strftime's language. */
  readonly datetimeFormat: string;
  readonly host: string;
  readonly pid: number;
  /** Whether names carry a revision. */
  readonly isNumbered: boolean;
  readonly isGzip: boolean;
}

const REVISION = "<REV>";
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;
const DAYS = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
] as const;

/** The name for a topic at a time, its revision still open. */
export function fileStem(naming: FileNaming, topic: string, date: Date): string {
  const values: Readonly<Record<string, string>> = {
    "<TOPIC>": topic,
    "<HOST>": naming.host,
    "<PID>": String(naming.pid),
    "<DATETIME>": dateText(naming.datetimeFormat, date),
    [REVISION]: naming.isNumbered ? REVISION : "",
  };
  const stem = naming.filenameFormat.replace(/<[A-Z]+>/g, (token) => values[token] ?? token);
  return naming.isGzip && !stem.endsWith(".gz") ? `${stem}.gz` : stem;
}

/** The name with its revision, `-000000` for 0. */
export function numberedName(stem: string, revision: number): string {
  return stem.replaceAll(REVISION, `-${String(revision).padStart(6, "0")}`);
}

/** Whether a format says where the revision stands. */
export function namesRevision(filenameFormat: string): boolean {
  return filenameFormat.includes(REVISION);
}

/** The local time in strftime's language; what is no token of it stays as it is. */
export function dateText(format: string, date: Date): string {
  return format.replace(/%(.)/gs, (token, letter: string) => DATE_TOKENS[letter]?.(date) ?? token);
}

const two = (value: number) => String(value).padStart(2, "0");

const DATE_TOKENS: Readonly<Record<string, (date: Date) => string>> = {
  B: (date) => MONTHS[date.getMonth()] ?? "",
  b: (date) => MONTHS[date.getMonth()]?.slice(0, 3) ?? "",
  m: (date) => two(date.getMonth() + 1),
  A: (date) => DAYS[date.getDay()] ?? "",
  a: (date) => DAYS[date.getDay()]?.slice(0, 3) ?? "",
  d: (date) => two(date.getDate()),
  H: (date) => two(date.getHours()),
  I: (date) => two(date.getHours() % 12 || 12),
  M: (date) => two(date.getMinutes()),
  S: (date) => two(date.getSeconds()),
  Y: (date) => String(date.getFullYear()).padStart(4, "0"),
  y: (date) => two(date.getFullYear() % 100),
  p: (date) => date.getHours() < 12 ? "AM" : "PM",
  Z: zoneName,
  z: zoneOffset,
  "%": () => "%",
};

function zoneName(date: Date): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" }).formatToParts(date);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "UTC";
}

function zoneOffset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}${two(size % 60)}`;
}
