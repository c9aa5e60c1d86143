/**
 * What stands around a measurement on the server: its topic and channels, a backlog in a channel that
 * nobody consumes, other topics that are idle.
 * Invariant: whatever happened, all of it is deleted afterwards.
 */
import { type Measurement, type Measuring, messagesOf, runLoad } from "./measurement.ts";
import { channelReaches, createTopic, deleteTopic } from "./target.ts";
import { publishTasks } from "./tasks.ts";

const FILL_SECONDS_MAX = 120;
/** Requests under way while many topics are created or deleted. */
const REQUESTS_MAX = 16;

/** Creates what the settings ask for, the topic and its channels, measures, and clears up. */
export async function withTopic(
  measuring: Measuring,
  channels: readonly string[],
  measure: () => Promise<Measurement>,
): Promise<Measurement> {
  const { target, topic, settings } = measuring;
  return await withOtherTopics(measuring, async () => {
    await createTopic(target, topic, settings.backlog > 0 ? ["waiting"] : channels);
    try {
      if (settings.backlog > 0) {
        await fill(measuring, "waiting", settings.backlog);
        // Only now, so that what waits is not theirs to consume first.
        await createTopic(target, topic, channels);
      }
      return await measure();
    } finally {
      await deleteTopic(target, topic);
    }
  });
}

/** Publishes at least `count` messages and waits until `channel` holds them; says how many. */
export async function fill(measuring: Measuring, channel: string, count: number): Promise<number> {
  const { target, topic, settings } = measuring;
  const filling = {
    ...measuring,
    settings: { ...settings, batch: 200, connections: 2, window: 1 },
  };
  const filled = await runLoad(filling, publishTasks(filling, { seconds: 0, messages: count }));
  const messages = messagesOf(filled, "publish");
  const place = { target, topic, channel };
  await channelReaches(place, ({ depth }) => depth >= messages, FILL_SECONDS_MAX);
  return messages;
}

/** Measures while the server has as many other topics as the settings say, with a channel each. */
export async function withOtherTopics(
  { target, topic, settings }: Measuring,
  measure: () => Promise<Measurement>,
): Promise<Measurement> {
  // nsqd 1.3 writes its whole list of topics to disk for each that is not ephemeral.
  const ending = settings.ephemeral === 1 ? encodeURIComponent("#ephemeral") : "";
  const names = Array.from(
    { length: settings.topics },
    (_, index) => `${topic}_${index}${ending}`,
  );
  try {
    await inTurns(names, (name) => createTopic(target, name, [`idle${ending}`]));
    return await measure();
  } finally {
    // A creation that failed leaves some out, and then deleting those fails as well.
    await inTurns(names, (name) => deleteTopic(target, name).catch(() => {}));
  }
}

async function inTurns(names: readonly string[], act: (name: string) => Promise<void>) {
  let next = 0;
  await Promise.all(Array.from({ length: Math.min(REQUESTS_MAX, names.length) }, async () => {
    while (next < names.length) await act(names[next++]!);
  }));
}
