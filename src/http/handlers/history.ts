// GET /history: the last hour of the node, of topics, or of channels, column by column.

import type { Call } from "../call.ts";
import type { Channel } from "../../queue/channel.ts";
import { type SampleColumn, sampleColumns, STEP_MS } from "../../queue/sample_ring.ts";
import type { Samples } from "../../queue/history.ts";
import type { Topic } from "../../queue/topic.ts";
import { parseQuery } from "../../web/query.ts";
import { jsonReply } from "../../web/replies.ts";
import { isValidName } from "../../wire/names.ts";
import type { HttpHost } from "../host.ts";
import { HttpError } from "../http_errors.ts";
import { TimeSlices } from "../time_slices.ts";
import { numberOf } from "../whole_numbers.ts";

/** Series in one reply; each has up to 240 rows. */
const SERIES_MAX = 500;
const ALL = "*";
const SINCE = { from: 0, to: 1e15, otherwise: 0, code: "INVALID_ARG_SINCE" } as const;

/** What a series is of; neither is the node. */
interface Subject {
  readonly topic?: Topic;
  readonly channel?: Channel;
}

/** GET /history. */
export async function history({ host, queryText }: Call): Promise<Response> {
  const query = parseQuery(queryText);
  const sinceMs = numberOf(query, "since", SINCE);
  const topics = query.get("topic");
  const channel = query.get("channel");
  checkNames(topics, channel);
  const slices = new TimeSlices(host.clock);
  const series: unknown[] = [];
  let isComplete = true;
  for (const subject of subjects(host, topics, channel)) {
    isComplete = series.length < SERIES_MAX;
    if (!isComplete) break;
    const owner = subject.channel ?? subject.topic;
    series.push(seriesJson(subject, host.history.samples(owner, sinceMs)));
    await slices.pause();
  }
  return jsonReply({ step_ms: STEP_MS, is_complete: isComplete, series });
}

function checkNames(topics: string | undefined, channel: string | undefined): void {
  if (topics !== undefined && !topics.split(",").every(isValidName)) {
    throw new HttpError("INVALID_ARG_TOPIC");
  }
  if (channel === undefined || (topics !== undefined && channel === ALL)) return;
  if (topics === undefined) throw new HttpError("MISSING_ARG_TOPIC");
  if (!isValidName(channel)) throw new HttpError("INVALID_ARG_CHANNEL");
}

function* subjects(
  { topics }: HttpHost,
  names: string | undefined,
  channelName: string | undefined,
): Iterable<Subject> {
  if (names === undefined) return yield {};
  for (const name of names.split(",")) {
    const topic = topics.get(name);
    if (topic === undefined) continue;
    if (channelName === undefined) yield { topic };
    else if (channelName === ALL) {
      for (const channel of topic.channels.values()) yield { topic, channel };
    } else {
      const channel = topic.channels.get(channelName);
      if (channel !== undefined) yield { topic, channel };
    }
  }
}

function seriesJson({ topic, channel }: Subject, { endMs, rows }: Samples) {
  const columns = (Object.keys(sampleColumns) as SampleColumn[]).map((name) =>
    [name, rows.map((row) => shown(row[name]))] as const
  );
  return {
    topic: topic?.name ?? null,
    channel: channel?.name ?? null,
    end_ms: endMs,
    ...Object.fromEntries(columns),
  };
}

/** Three decimals are enough for milliseconds, and whole numbers stay whole. */
function shown(value: number): number | null {
  return Number.isNaN(value) ? null : Math.round(value * 1000) / 1000;
}
