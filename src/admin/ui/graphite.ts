/**
 * Addresses of graphs on a graphite server, with upstream's names of series. Pure text.
 * It refuses to draw: the nsqds' own hour is in the charts; these links lead to what lies further back.
 */
import type { GraphiteSettings } from "./shell_settings.ts";

/** Whose figures a graph shows. */
export interface GraphSubject {
  readonly topic?: string;
  readonly channel?: string;
  readonly node?: string;
}

/** A link to a large graph. */
export interface GraphLink {
  readonly name: string;
  readonly address: string;
}

const metrics = [
  { name: "depth", metric: "depth", isCounter: false, ofTopic: true },
  { name: "in flight", metric: "in_flight_count", isCounter: false, ofTopic: false },
  { name: "deferred", metric: "deferred_count", isCounter: false, ofTopic: false },
  { name: "messages", metric: "message_count", isCounter: true, ofTopic: true },
  { name: "requeued", metric: "requeue_count", isCounter: true, ofTopic: false },
  { name: "timed out", metric: "timeout_count", isCounter: true, ofTopic: false },
] as const;

/** A name as statsd keeps it. */
export function statsdName(name: string): string {
  return name.replaceAll(" ", "_").replaceAll("/", "-").replace(/[^a-zA-Z0-9\-_.]/g, "");
}

/** The target that graphite is asked for. */
export function graphTarget(
  settings: GraphiteSettings,
  subject: GraphSubject,
  metric: string,
  isCounter: boolean,
): string {
  const host = subject.node === undefined ? "*" : subject.node.replace(/[.:]/g, "_");
  const prefix = settings.prefix.replaceAll("%s", host);
  const topic = `topic.${statsdName(subject.topic ?? "*")}.`;
  const channel = subject.channel === undefined ? "" : `channel.${statsdName(subject.channel)}.`;
  const format = isCounter ? settings.counterFormat : settings.gaugeFormat;
  const series = `sumSeries(${format.replaceAll("%s", `${prefix}${topic}${channel}${metric}`)})`;
  return isCounter ? `scale(${series},${1 / settings.intervalSeconds})` : series;
}

/** Links to graphs of the last day for a topic or a channel. A node alone has none. */
export function graphLinks(settings: GraphiteSettings, subject: GraphSubject): GraphLink[] {
  if (subject.topic === undefined) return [];
  return metrics.filter(({ ofTopic }) => ofTopic || subject.channel !== undefined).map((row) => {
    const query = new URLSearchParams({
      width: "800",
      height: "450",
      from: "-24h",
      until: "-1min",
      target: graphTarget(settings, subject, row.metric, row.isCounter),
    });
    return { name: row.name, address: `${settings.url.replace(/\/+$/, "")}/render?${query}` };
  });
}
