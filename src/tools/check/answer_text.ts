// A verdict as monitoring systems read it: one line of text with performance data behind a bar, or JSON. Pure.

import { counted } from "../figure_text.ts";
import { type CheckedQueue, nameOf, type Selection } from "./queues.ts";
import {
  limitText,
  MEASURE_NAMES,
  type MeasureName,
  MEASURES,
  type Thresholds,
} from "./thresholds.ts";
import { STATES, type Verdict } from "./verdict.ts";

const PROBLEMS_SHOWN_MAX = 5;

/** The line, with its end. */
export function answerLine(
  verdict: Verdict,
  selection: Selection,
  thresholds: Thresholds,
): string {
  const { state, problems } = verdict;
  const texts = problems.slice(0, PROBLEMS_SHOWN_MAX).map(({ text }) => text);
  const more = problems.length - PROBLEMS_SHOWN_MAX;
  if (more > 0) texts.push(`and ${more} more`);
  const text = problems.length === 0 ? summary(verdict) : texts.join("; ");
  // A bar begins the performance data, and a second line would be another part of the answer.
  const line = `NSQ ${state} - ${text}`.replaceAll("|", "/");
  return `${line} | ${performanceData(verdict, selection, thresholds)}\n`;
}

/** The same as JSON, indented, with a line end. */
export function answerJson(verdict: Verdict, thresholds: Thresholds): string {
  const { state, problems, queues, nsqdCount } = verdict;
  const document = {
    state,
    exit_code: STATES[state],
    text: problems.length === 0 ? summary(verdict) : problems.map(({ text }) => text).join("; "),
    problems,
    thresholds,
    nsqds: nsqdCount,
    queues: queues.map(({ topic, channel, depth, inFlight, deferred, age, consumers }) => ({
      topic,
      channel: channel === "" ? null : channel,
      depth,
      in_flight: inFlight,
      deferred,
      age_seconds: age ?? null,
      consumers: consumers ?? null,
    })),
  };
  return JSON.stringify(document, null, 2) + "\n";
}

function summary({ queues, nsqdCount }: Verdict): string {
  const topics = new Set(queues.map(({ topic }) => topic));
  const channels = queues.filter(({ channel }) => channel !== "");
  const places = `${counted(channels.length, "channel")} of ${counted(topics.size, "topic")}`;
  const deepest = queues.reduce<CheckedQueue | undefined>(
    (most, queue) => queue.depth > (most?.depth ?? 0) ? queue : most,
    undefined,
  );
  const depth = deepest === undefined
    ? "nothing waits"
    : `at most ${deepest.depth} wait (${nameOf(deepest)})`;
  return `${places} on ${counted(nsqdCount, "nsqd")}, ${depth}`;
}

/** Of single queues when a topic was named, else the worst of all: a graph must keep its lines. */
function performanceData(
  { queues, nsqdCount }: Verdict,
  { topic }: Selection,
  thresholds: Thresholds,
): string {
  const data = topic === ""
    ? MEASURE_NAMES.flatMap((name) => worstItem(name, queues, thresholds))
    : queues.flatMap((queue) =>
      MEASURE_NAMES.flatMap((name) =>
        item(`${nameOf(queue)} ${name}`, name, MEASURES[name].value(queue), thresholds)
      )
    );
  return [...data, `nsqds=${nsqdCount};;;0`].join(" ");
}

function worstItem(
  name: MeasureName,
  queues: readonly CheckedQueue[],
  thresholds: Thresholds,
): string[] {
  const values = queues.map(MEASURES[name].value).filter((value) => value !== undefined);
  if (values.length === 0) return [];
  const isMost = MEASURES[name].worse === "above";
  const worst = values.reduce((one, other) => isMost ? Math.max(one, other) : Math.min(one, other));
  return item(`${name}_${isMost ? "max" : "min"}`, name, worst, thresholds);
}

function item(
  label: string,
  name: MeasureName,
  value: number | undefined,
  { warning, critical }: Thresholds,
): string[] {
  if (value === undefined) return [];
  const limits = [warning, critical].map((limit) => limitText(name, limit[name])).join(";");
  return [`'${label}'=${value}${MEASURES[name].unit};${limits};0`];
}
