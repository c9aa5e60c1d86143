/**
 * A server under measurement: where it listens, and the few HTTP calls a scenario needs to set its
 * topics up and clear them away. It works with any nsqd of version 1.0 or later.
 */

/** An nsqd that runs. */
export interface Target {
  /** The column's heading. */
  readonly name: string;
  readonly hostname: string;
  readonly tcpPort: number;
  readonly httpPort: number;
  /** Its process on this machine, where known: for processor time and memory. */
  readonly pid: number | null;
}

/** What waits in a channel. */
export interface ChannelState {
  readonly depth: number;
  readonly inFlight: number;
}

/** Creates a topic and, where named, its channels. */
export async function createTopic(
  target: Target,
  topic: string,
  channels: readonly string[],
): Promise<void> {
  await post(target, `/topic/create?topic=${topic}`);
  for (const channel of channels) {
    await post(target, `/channel/create?topic=${topic}&channel=${channel}`);
  }
}

/** Deletes a topic and all that waits in it. */
export async function deleteTopic(target: Target, topic: string): Promise<void> {
  await post(target, `/topic/delete?topic=${topic}`);
}

/** The parts of `/stats?format=json` that are read here. */
interface StatsBody {
  readonly topics: readonly {
    readonly topic_name: string;
    readonly channels: readonly {
      readonly channel_name: string;
      readonly depth: number;
      readonly in_flight_count: number;
    }[];
  }[];
}

/** What waits in a channel now. Throws where there is no such channel. */
async function channelState(
  target: Target,
  topic: string,
  channel: string,
): Promise<ChannelState> {
  const response = await fetch(url(target, `/stats?format=json&topic=${topic}`));
  const stats: StatsBody = await response.json();
  const found = stats.topics.find((row) => row.topic_name === topic)
    ?.channels.find((row) => row.channel_name === channel);
  if (found === undefined) throw new Error(`${target.name} has no channel ${topic}/${channel}`);
  return { depth: found.depth, inFlight: found.in_flight_count };
}

/** Asks for the statistics of everything; says how many bytes they are. */
export async function statsBytes(target: Target): Promise<number> {
  const response = await fetch(url(target, "/stats?format=json"));
  return (await response.arrayBuffer()).byteLength;
}

/** Waits until `isReached` holds for the channel; throws after `secondsMax`. */
export async function channelReaches(
  place: { readonly target: Target; readonly topic: string; readonly channel: string },
  isReached: (state: ChannelState) => boolean,
  secondsMax: number,
): Promise<void> {
  const untilMs = performance.now() + secondsMax * 1000;
  while (true) {
    const state = await channelState(place.target, place.topic, place.channel);
    if (isReached(state)) return;
    if (performance.now() > untilMs) {
      throw new Error(
        `${place.target.name} still has depth ${state.depth} and ${state.inFlight} in flight ` +
          `after ${secondsMax} s`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Throws a sentence naming what cannot be reached, before anything is measured. */
export async function checkTarget(target: Target): Promise<void> {
  const address = url(target, "/ping");
  const response = await fetch(address).catch((error: Error) => {
    throw new Error(`${address} cannot be reached (${error.message}); is --peer-http right?`);
  });
  await response.body?.cancel();
}

async function post(target: Target, path: string): Promise<void> {
  const response = await fetch(url(target, path), { method: "POST" });
  const text = await response.text();
  if (!response.ok) throw new Error(`${target.name} answered ${path} with ${text}`);
}

function url(target: Target, path: string): string {
  const host = target.hostname.includes(":") ? `[${target.hostname}]` : target.hostname;
  return `http://${host}:${target.httpPort}${path}`;
}
