// What nsqd's /stats say of one channel, added up over several nsqds, and the row nsq_stat prints of it.
// Pure: knows neither HTTP nor time.

import { nsqdStats } from "./cluster/nsqd_stats.ts";

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
  const { topics } = nsqdStats(JSON.parse(document));
  const found = topics.find(({ name }) => name === topic)?.channels
    .find(({ name }) => name === channel);
  if (found === undefined) return undefined;
  const { depth, backendDepth, inFlight, deferred, requeued, timedOut, messages } = found;
  const clients = found.clientCount;
  return { depth, backendDepth, inFlight, deferred, requeued, timedOut, messages, clients };
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
