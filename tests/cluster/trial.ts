/**
 * A trial of a cluster: load on all nsqd's, disturbances meanwhile, and the reckoning at the end. Consumers find everything
 * through the nsqlookupds, every acknowledged message is finished, and nobody connects more often than there is a reason for.
 */
import { assert, assertEquals } from "@std/assert";
import { say } from "../soak/random.ts";
import { FAULT_LINE } from "../daemons/daemon_process.ts";
import { until } from "../daemons/waiting.ts";
import { allKnown } from "./disturbances.ts";
import { Audience, CHANNEL, SeatPublisher, TOPIC } from "./load.ts";
import type { Members, Seat } from "./members.ts";

const CONSUMERS = 2;
/** Connections of three publishers, two consumers, dials of two nsqlookupds: 15 for nsqd's, and some to spare. */
const CONNECTIONS_AT_START = 40;
/** A disturbance is a reason for so many at most: everybody again, and a few attempts where nobody answers. */
const CONNECTIONS_PER_DISTURBANCE = 12;

/** Does something bad to members, and says how many bad things it were. */
export type Disturb = (members: Members) => Promise<number>;

/** Runs a trial. `name` stands in its report. */
export async function underLoad(name: string, members: Members, disturb: Disturb): Promise<void> {
  const acknowledged = new Set<string>();
  const publishers = members.nsqds.map((seat, index) =>
    new SeatPublisher(seat, `p${index}`, acknowledged)
  );
  const audience = new Audience(CONSUMERS, members.lookupdHttpAddresses);
  await audience.start();
  const startMs = performance.now();
  const isFound = () => [0, 1, 2].every((index) => audience.came.has(`p${index}-0`));
  await until(isFound, () => `of ${acknowledged.size} only ${audience.came.size} came`);
  await allKnown(members, TOPIC);
  const count = await disturb(members);
  const seconds = (performance.now() - startMs) / 1000;
  await Promise.all(publishers.map((publisher) => publisher.stop()));
  await allFinished(members, acknowledged, audience);
  const connections = {
    "at nsqd's": linesOf(members.nsqds, /TCP: new client/),
    "at nsqlookupds": linesOf(members.lookupds, /TCP: new client/),
    "of consumers, failed": audience.count("connect failed"),
  };
  await audience.stop();
  const twice = [...audience.came.values()].filter((times) => times > 1).length;
  say(
    `${name}: ${count} disturbances in ${
      seconds.toFixed(1)
    } s; ${acknowledged.size} acknowledged, all finished, ` +
      `${twice} more than once; connections ${JSON.stringify(connections)}`,
  );
  assert(acknowledged.size > 100, `only ${acknowledged.size} were acknowledged`);
  const bound = CONNECTIONS_AT_START + CONNECTIONS_PER_DISTURBANCE * count;
  for (const [kind, number] of Object.entries(connections)) {
    assert(number <= bound, `${number} connections ${kind}, ${bound} at most`);
  }
  for (const seat of [...members.nsqds, ...members.lookupds]) {
    assertEquals(seat.count(FAULT_LINE), 0, seat.daemon.tail);
  }
}

async function allFinished(
  members: Members,
  acknowledged: ReadonlySet<string>,
  audience: Audience,
): Promise<void> {
  const missing = () => [...acknowledged].filter((body) => !audience.came.has(body));
  await until(
    () => missing().length === 0,
    () => `${missing().length} of ${acknowledged.size} did not come: ${missing().slice(0, 5)}`,
  );
  let left = 0;
  await until(
    async () => {
      const counts = await Promise.all(members.nsqds.map(leftAt));
      left = counts.reduce((sum, count) => sum + count, 0);
      return left === 0;
    },
    () => `${left} messages stay`,
  );
}

/** Messages that the channel has not finished on one nsqd. */
async function leftAt({ daemon }: Seat): Promise<number> {
  const { topics } = await daemon.json(`/stats?format=json&topic=${TOPIC}&channel=${CHANNEL}`);
  const [topic] = topics as { depth: number; channels: Record<string, number>[] }[];
  const [channel = {}] = topic?.channels ?? [];
  return ["depth", "in_flight_count", "deferred_count"].reduce(
    (sum, key) => sum + (channel[key] ?? 0),
    topic?.depth ?? 0,
  );
}

function linesOf(seats: readonly Seat[], pattern: RegExp): number {
  return seats.reduce((sum, seat) => sum + seat.count(pattern), 0);
}
