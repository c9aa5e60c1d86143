// What nsqd's /stats say of one channel, added up over several nsqds, and the row nsq_stat prints of it.
// Pure: knows neither HTTP nor time.

/** Sums over all nsqds that have the channel. */
export interface ChannelFigures {
  readonly depth: number;
  readonly backendDepth: number;
  readonly inFlight: number;
  readonly deferred: number;
  readonly requeued: number;
  readonly timedOut: number;
  readonly messages: number;
  readonly clients: number;
}

/** What stands in the document for each figure. */
const FIELDS = {
  depth: "depth",
  backendDepth: "backend_depth",
  inFlight: "in_flight_count",
  deferred: "deferred_count",
  requeued: "requeue_count",
  timedOut: "timeout_count",
  messages: "message_count",
} as const satisfies Partial<Record<keyof ChannelFigures, string>>;

/** The lines above the rows. */
export const FIGURES_HEAD =
  "------rate------+----------------depth----------------+--------------metadata---------------\n" +
  "ingress  egress |   total     mem    disk inflt   def |     req     t-o         msgs clients\n";

/**
 * Finds the channel in a `/stats?format=json` document; undefined when it has none of that name.
 * @throws {SyntaxError} when it is no such document
 */
export function channelFigures(
  document: string,
  topic: string,
  channel: string,
): ChannelFigures | undefined {
  const root = recordOf(JSON.parse(document));
  // Before NSQ 1.0 everything was wrapped.
  const topics = root["topics"] ?? recordOf(root["data"])["topics"];
  if (!Array.isArray(topics)) throw new SyntaxError("the answer is no statistics of an nsqd");
  const found = named(topics, "topic_name", topic);
  const row = named(found?.["channels"], "channel_name", channel);
  if (row === undefined) return undefined;
  const numbers = Object.entries(FIELDS).map(([name, field]) => [name, numberOf(row[field])]);
  return { ...Object.fromEntries(numbers), clients: clientsOf(row) };
}

/** The sum of figures; there is at least one. */
export function sumOf(all: readonly ChannelFigures[]): ChannelFigures {
  return all.reduce((sum, figures) => {
    const keys = Object.keys(sum) as (keyof ChannelFigures)[];
    return Object.fromEntries(
      keys.map((key) => [key, sum[key] + figures[key]]),
    ) as unknown as ChannelFigures;
  });
}

/** Figures of one channel by the address of the nsqd they are of. */
export type FiguresByServer = ReadonlyMap<string, ChannelFigures>;

/**
 * The row of two looks, `intervalMs` apart. An nsqd that came, went or began to count anew in between has no part in the
 * rates: what it has counted did not happen between the two.
 */
export function rowBetween(
  before: FiguresByServer,
  now: FiguresByServer,
  intervalMs: number,
): string {
  const earlier = [...now].map(([address, figures]) => {
    const then = before.get(address);
    return then && then.messages <= figures.messages ? then : figures;
  });
  return figuresRow(sumOf(earlier), sumOf([...now.values()]), intervalMs);
}

/** One row: rates since `before`, which was `intervalMs` earlier, and the figures of `now`. */
export function figuresRow(
  before: ChannelFigures,
  now: ChannelFigures,
  intervalMs: number,
): string {
  const seconds = intervalMs / 1000;
  const came = now.messages - before.messages;
  const rate = (count: number) => text(Math.trunc(count / seconds), 7);
  const went = came - (now.depth - before.depth);
  return [
    `${rate(came)} ${rate(went)}`,
    `${text(now.depth, 7)} ${text(now.depth - now.backendDepth, 7)} ${text(now.backendDepth, 7)} ` +
    `${text(now.inFlight, 5)} ${text(now.deferred, 5)}`,
    `${text(now.requeued, 7)} ${text(now.timedOut, 7)} ${text(now.messages, 12)} ` +
    `${text(now.clients, 7)}\n`,
  ].join(" | ");
}

function text(value: number, width: number): string {
  return String(value).padStart(width);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function named(list: unknown, key: string, name: string) {
  if (!Array.isArray(list)) return undefined;
  return list.map(recordOf).find((row) => row[key] === name);
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function clientsOf(row: Readonly<Record<string, unknown>>): number {
  if (typeof row["client_count"] === "number") return row["client_count"];
  return Array.isArray(row["clients"]) ? row["clients"].length : 0;
}
