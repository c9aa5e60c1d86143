/**
 * Compares what /stats says with the books, and waits until the broker holds nothing more.
 */
import type { ChannelNumbers, TopicNumbers } from "../durability/broker_on_path.ts";
import type { BrokerProcess } from "./broker_process.ts";
import type { LastSitter } from "./consumer_seat.ts";
import { type ChannelLedger, fates, type Problems, type TopicLedger } from "./ledger.ts";
import { sleep } from "./random.ts";

/** The part of a client of /stats that is looked at. */
interface ClientStats {
  client_id: string;
  message_count: number;
  finish_count: number;
  requeue_count: number;
  in_flight_count: number;
  ready_count: number;
}

interface ChannelStats extends ChannelNumbers {
  global_msg_count?: number;
  client_count: number;
  clients: ClientStats[] | null;
}

interface TopicStats extends TopicNumbers {
  channels: ChannelStats[];
}

/** What /stats says of all topics. */
export async function readStats(broker: BrokerProcess): Promise<TopicStats[]> {
  return JSON.parse(await broker.get("/stats?format=json")).topics;
}

function held({ depth, channels }: TopicStats): number {
  return channels.reduce(
    (sum, channel) => sum + channel.depth + channel.in_flight_count + channel.deferred_count,
    depth,
  );
}

/** Waits until these topics hold no message; a problem when they still do after `secondsMax`. */
export async function drained(
  broker: BrokerProcess,
  topics: readonly TopicLedger[],
  secondsMax: number,
): Promise<void> {
  const names = new Set(topics.map(({ name }) => name));
  for (let round = 0; round < secondsMax * 5; round++) {
    const all = (await readStats(broker)).filter(({ topic_name }) => names.has(topic_name));
    if (all.every((topic) => held(topic) === 0)) return;
    await sleep(200);
  }
  const { problems } = topics[0]!;
  for (const topic of await readStats(broker)) {
    if (names.has(topic.topic_name) && held(topic) > 0) problems.add(stateOf(topic));
  }
}

function stateOf({ topic_name, depth, channels }: TopicStats): string {
  const states = channels.map((channel) =>
    `${channel.channel_name} ${channel.depth} waiting, ${channel.in_flight_count} in flight, ` +
    `${channel.deferred_count} deferred`
  );
  return `${topic_name} keeps messages: ${depth} of its own; ${states.join("; ")}`;
}

/** Compares everything about these topics; what differs is noted in their problems. */
export async function checkStats(
  broker: BrokerProcess,
  topics: readonly TopicLedger[],
  sitters: readonly LastSitter[],
): Promise<void> {
  const all = await readStats(broker);
  const clients = all.flatMap(({ channels }) => channels.flatMap(({ clients }) => clients ?? []));
  for (const ledger of topics) {
    const stats = all.find(({ topic_name }) => topic_name === ledger.name);
    if (stats === undefined) ledger.problems.add(`${ledger.name} is not in /stats`);
    else checkTopic(ledger, stats);
  }
  for (const sitter of sitters) checkClient(sitter, clients, topics[0]!.problems);
}

function checkTopic(ledger: TopicLedger, stats: TopicStats): void {
  const is = expecting(ledger.problems, ledger.name);
  is("paused", stats.paused, false);
  is("depth", stats.depth, 0);
  for (const channel of ledger.channels.values()) {
    const channelStats = stats.channels.find(({ channel_name }) => channel_name === channel.name);
    const totals = channel.totals();
    is(`message_count, by ${channel.name}`, stats.message_count, totals.messages);
    is(`message_bytes, by ${channel.name}`, stats.message_bytes, totals.bytes);
    if (channelStats === undefined) ledger.problems.add(`${channel.title} is not in /stats`);
    else checkChannel(channel, channelStats);
  }
  checkAccepted(ledger, stats.message_count);
}

function checkAccepted(ledger: TopicLedger, messageCount: number): void {
  let accepted = 0;
  let possible = 0;
  for (let number = 0; number < ledger.count; number++) {
    const fate = ledger.fate(number);
    if (fate === fates.accepted) accepted++;
    if (fate !== fates.neverSent) possible++;
  }
  if (messageCount >= accepted && messageCount <= possible) return;
  ledger.problems.add(
    `${ledger.name}: message_count is ${messageCount}, accepted were ${accepted} to ${possible}`,
  );
}

function checkChannel(ledger: ChannelLedger, stats: ChannelStats): void {
  const { problems } = ledger.topic;
  const is = expecting(problems, ledger.title);
  const { messages, deliveries } = ledger.totals();
  is("paused", stats.paused, false);
  is("depth", stats.depth, 0);
  is("backend_depth", stats.backend_depth, 0);
  is("in_flight_count", stats.in_flight_count, 0);
  is("deferred_count", stats.deferred_count, 0);
  is("message_count", stats.message_count, messages);
  const { requeuesCertain, requeuesPossible, slack, title } = ledger;
  const requeues = stats.requeue_count;
  if (requeues < requeuesCertain || requeues > requeuesPossible) {
    problems.add(
      `${title}: requeue_count is ${requeues}, done were ${requeuesCertain} to ${requeuesPossible}`,
    );
  }
  // See the head of `ledger.ts`.
  const again = requeues + stats.timeout_count;
  const seen = deliveries - messages;
  if (again < seen || again > seen + slack) {
    problems.add(
      `${title}: requeue_count ${requeues} and timeout_count ${stats.timeout_count} make ${again} ` +
        `further deliveries, the clients know of ${seen} to ${seen + slack}`,
    );
  }
  const fromMemory = stats.global_msg_count ?? 0;
  if (fromMemory > deliveries + slack) {
    problems.add(`${title}: global_msg_count is ${fromMemory}, deliveries were ${deliveries}`);
  }
}

function checkClient({ clientId, counts }: LastSitter, all: ClientStats[], problems: Problems) {
  const stats = all.find(({ client_id }) => client_id === clientId);
  if (stats === undefined) return problems.add(`${clientId} is not in /stats`);
  const is = expecting(problems, clientId);
  is("message_count", stats.message_count, counts.messages);
  is("finish_count", stats.finish_count, counts.finished);
  is("requeue_count", stats.requeue_count, counts.requeued);
  is("ready_count", stats.ready_count, counts.ready);
  is("in_flight_count", stats.in_flight_count, 0);
}

function expecting(problems: Problems, title: string) {
  return <T>(what: string, found: T, expected: T) => {
    if (found !== expected) problems.add(`${title}: ${what} is ${found}, should be ${expected}`);
  };
}
