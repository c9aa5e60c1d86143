// Figures in the text form that Prometheus reads, version 0.0.4: families of samples, each with its kind and a line of help.
// It knows no figure. Names are the caller's; seconds, bytes and `_total` are Prometheus' customs, and a test has its own
// tool look at them.
//
//   # HELP name help
//   # TYPE name counter
//   name{label="value"} 1

import type { BucketCounts } from "../base/duration_counts.ts";

/** Names and values of a sample's labels. */
export type Labels = Readonly<Record<string, string>>;

/** Labels, and a number, or the buckets of a histogram of durations. */
export type MetricSample = readonly [labels: Labels, value: number | BucketCounts];

/** What is fixed about a family of samples. */
export interface MetricFamily {
  readonly type: "gauge" | "counter" | "histogram";
  /** One line; what is counted, and in which unit if the name does not say. */
  readonly help: string;
}

/** A family with its samples. */
export interface Metric<Host> extends MetricFamily {
  readonly samples: (host: Host) => Iterable<MetricSample>;
}

/** Families by name. */
export type Metrics<Host> = Readonly<Record<string, Metric<Host>>>;

const NO_LABELS: Labels = {};
const ESCAPED = /[\\"\n]/g;
const MS_PER_SECOND = 1000;

/** A family with one sample and no labels. */
export function single(value: number | BucketCounts): MetricSample[] {
  return [[NO_LABELS, value]];
}

/** All families as text. */
export function metricsText<Host>(metrics: Metrics<Host>, host: Host): string {
  let text = "";
  for (const [name, metric] of Object.entries(metrics)) {
    text += familyHead(name, metric);
    for (const sample of metric.samples(host)) text += sampleLines(name, sample);
  }
  return text;
}

/** The first two lines of a family. */
export function familyHead(name: string, { type, help }: MetricFamily): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

/** The lines of one sample. */
export function sampleLines(name: string, [labels, value]: MetricSample): string {
  const text = labelText(labels);
  if (typeof value === "number") return `${name}${text} ${numberText(value)}\n`;
  const { boundsMs, cumulative, sumMs } = value;
  const count = numberText(cumulative.at(-1) ?? 0);
  const bucket = (le: string, below: string) =>
    `${name}_bucket${labelText({ ...labels, le })} ${below}\n`;
  const buckets = boundsMs.map((boundMs, index) =>
    bucket(numberText(boundMs / MS_PER_SECOND), numberText(cumulative[index] ?? 0))
  );
  const end = `${name}_sum${text} ${numberText(sumMs / MS_PER_SECOND)}\n`;
  return `${buckets.join("")}${bucket("+Inf", count)}${end}${name}_count${text} ${count}\n`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replace(ESCAPED, (character) => character === "\n" ? "\\n" : `\\${character}`);
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : "-Inf";
}
