// /stats as text, for people and for scripts that cut it at its columns: widths and spaces are upstream's.

import type { ClientStats } from "../queue/client_stats.ts";
import { durationText } from "../web/duration_text.ts";
import type { HttpHost } from "./host.ts";
import { memoryFigures } from "./memory_figures.ts";
import {
  type ChannelStats,
  eachTopic,
  type LatencyStats,
  producersOf,
  type StatsFilter,
  type TopicStats,
  topicStats,
} from "./stats.ts";

/** The page. */
export async function statsText(host: HttpHost, filter: StatsFilter): Promise<string> {
  const wallMs = host.clock.wallMs();
  const topics: string[] = [];
  await eachTopic(host, filter, (topic) => {
    topics.push(topicText(topicStats(host, topic, filter), wallMs));
  });
  const producers = (producersOf(host, filter) ?? []).map((client) => clientLine(client, wallMs));
  return [
    host.versionLine,
    `start_time ${rfc3339(host.startWallMs)}`,
    `uptime ${durationText(Math.max(0, wallMs - host.startWallMs))}`,
    "",
    `Health: ${host.health}`,
    ...drainLines(host),
    "",
    ...(filter.isWithMemory ? memoryLines(host) : []),
    topics.length === 0 ? "Topics: None" : `Topics:\n${topics.join("\n\n")}`,
    "",
    producers.length === 0 ? "Producers: None" : "Producers:",
    ...producers.map((line) => `   ${line}`),
    "",
  ].join("\n");
}

/** Ours, and only there during a drain. */
function drainLines({ drain: { view } }: HttpHost): string[] {
  if (view === undefined) return [];
  const { depth, inFlight, deferred } = view;
  return [`Draining: depth ${depth}, in flight ${inFlight}, deferred ${deferred}`];
}

function memoryLines({ gc }: HttpHost): string[] {
  const figures = Object.entries(memoryFigures(gc));
  return [
    "Memory:",
    ...figures.map(([name, value]) => `   ${name.padEnd(25)}\t${value}`),
    "",
  ];
}

function topicText(topic: TopicStats, wallMs: number): string {
  const mark = topic.paused ? "*P " : "   ";
  const line = `${mark}[${topic.topic_name.padEnd(15)}]` +
    ` depth: ${column(topic.depth, 5)} be-depth: ${column(topic.backend_depth, 5)}` +
    ` msgs: ${column(topic.message_count, 8)} e2e%: ${latencyText(topic.e2e_processing_latency)}`;
  return [line, ...topic.channels.flatMap((channel) => channelLines(channel, wallMs))].join("\n");
}

function channelLines(channel: ChannelStats, wallMs: number): string[] {
  const mark = channel.paused ? "   *P " : "      ";
  const line = `${mark}[${channel.channel_name.padEnd(25)}]` +
    ` depth: ${column(channel.depth, 5)} be-depth: ${column(channel.backend_depth, 5)}` +
    ` inflt: ${column(channel.in_flight_count, 4)} def: ${column(channel.deferred_count, 4)}` +
    ` re-q: ${column(channel.requeue_count, 5)} timeout: ${column(channel.timeout_count, 5)}` +
    ` msgs: ${column(channel.message_count, 8)}` +
    ` e2e%: ${latencyText(channel.e2e_processing_latency)}`;
  return [
    line,
    ...(channel.clients ?? []).map((client) => `        ${clientLine(client, wallMs)}`),
  ];
}

/** A client that has published is shown by that, even among the consumers of a channel. */
function clientLine(client: ClientStats, wallMs: number): string {
  const port = /:(\d+)$/.exec(client.remote_address)?.[1] ?? "";
  const id = `${client.hostname}:${port} ${client.user_agent}`;
  const start = `[${client.version} ${id.padEnd(21)}]`;
  const connectedMs = Math.max(0, wallMs - client.connect_ts * 1000);
  const end = `connected: ${durationText(Math.floor(connectedMs / 1000) * 1000)}`;
  const published = client.pub_counts ?? [];
  if (published.length === 0) return `${start} ${consumerColumns(client)} ${end}`;
  const total = published.reduce((sum, { count }) => sum + count, 0);
  const topics = published.map(({ topic, count }) => `${topic}=${count}`).join(",");
  return `${start} msgs: ${column(total, 8)} topics: ${topics} ${end}`;
}

function consumerColumns(client: ClientStats): string {
  return `state: ${client.state}` +
    ` inflt: ${column(client.in_flight_count, 4)} rdy: ${column(client.ready_count, 4)}` +
    ` fin: ${column(client.finish_count, 8)} re-q: ${column(client.requeue_count, 8)}` +
    ` msgs: ${column(client.message_count, 8)}`;
}

function column(value: number, width: number): string {
  return String(value).padEnd(width);
}

function latencyText({ percentiles }: LatencyStats): string {
  return (percentiles ?? []).map(({ value }) => shortDuration(value)).join(", ");
}

/** Nanoseconds with one decimal in the largest unit they exceed. */
function shortDuration(nanoseconds: number): string {
  if (nanoseconds > 1e9) return `${(nanoseconds / 1e9).toFixed(1)}s`;
  if (nanoseconds > 1e6) return `${(nanoseconds / 1e6).toFixed(1)}ms`;
  if (nanoseconds > 1e3) return `${(nanoseconds / 1e3).toFixed(1)}us`;
  return `${nanoseconds.toFixed(1)}ns`;
}

/** A time of the wall clock in this machine's time zone. */
function rfc3339(wallMs: number): string {
  const date = new Date(wallMs);
  const offsetMinutes = -date.getTimezoneOffset();
  const local = new Date(wallMs + offsetMinutes * 60_000).toISOString().slice(0, 19);
  if (offsetMinutes === 0) return `${local}Z`;
  const minutes = Math.abs(offsetMinutes);
  const two = (value: number) => String(value).padStart(2, "0");
  const sign = offsetMinutes < 0 ? "-" : "+";
  return `${local}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
