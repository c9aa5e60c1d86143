/**
 * What an operator does while a soak runs: pauses, and channels and topics that come and go. The books
 * of the channels from the beginning must not notice.
 */
import { readyCommand, subscribeCommand } from "../../src/client/command_bytes.ts";
import type { BrokerProcess } from "./broker_process.ts";
import type { Problems, TopicLedger } from "./ledger.ts";
import { type Random, sleep } from "./random.ts";
import { RawConnection } from "./raw_connection.ts";

const PAUSE_MS_MAX = 700;

/** Where disturbances take place. */
export interface Scene {
  readonly broker: BrokerProcess;
  readonly topics: readonly TopicLedger[];
  readonly problems: Problems;
  isOver: boolean;
}

/** Pauses and unpauses topics and channels. Nothing is paused when it ends. */
export async function pauseNowAndThen(scene: Scene, random: Random): Promise<void> {
  while (!scene.isOver) {
    await sleep(random.between(100, 600));
    const topic = random.pick(scene.topics);
    const channel = random.pick([...topic.channels.keys()]);
    const isTopic = random.chance(40);
    const what = isTopic ? "topic" : "channel";
    const query = `topic=${topic.name}${isTopic ? "" : `&channel=${channel}`}`;
    await scene.broker.post(`/${what}/pause?${query}`);
    await sleep(random.between(10, PAUSE_MS_MAX));
    if (random.chance(20)) await scene.broker.post(`/${what}/pause?${query}`);
    await scene.broker.post(`/${what}/unpause?${query}`);
  }
}

/** Makes channels beside the ones from the beginning, has them read a little, empties and deletes them. */
export async function changeChannels(scene: Scene, random: Random): Promise<void> {
  const { broker } = scene;
  for (let round = 0; !scene.isOver; round++) {
    const topic = random.pick(scene.topics).name;
    const isEphemeral = random.chance(30);
    const name = `side${round}${isEphemeral ? "#ephemeral" : ""}`;
    const query = `topic=${topic}&channel=${encodeURIComponent(name)}`;
    if (random.chance(50)) await broker.post(`/channel/create?${query}`);
    const reader = await guest(scene, topic, name, random.between(0, 50));
    await sleep(random.between(20, 800));
    if (random.chance(30)) await broker.post(`/channel/empty?${query}`);
    if (random.chance(30)) await broker.post(`/channel/pause?${query}`);
    if (isEphemeral || random.chance(30)) await reader.drop();
    if (!isEphemeral) await broker.post(`/channel/delete?${query}`);
    await sleep(random.between(20, 300));
    await reader.drop();
  }
}

/** Makes topics, publishes to them and deletes them, with a consumer sitting there. */
export async function changeTopics(scene: Scene, random: Random): Promise<void> {
  const { broker } = scene;
  const lines = "one\ntwo\nthree\n".repeat(20);
  for (let round = 0; !scene.isOver; round++) {
    // Names come back: a new topic must know nothing of the one before.
    const topic = `side_topic_${round % 3}`;
    await broker.post(`/mpub?topic=${topic}`, lines);
    const reader = await guest(scene, topic, "c", 5);
    await broker.post(`/mpub?topic=${topic}`, lines);
    await sleep(random.between(20, 500));
    await checkCount(scene, topic, 120);
    if (random.chance(30)) await broker.post(`/topic/empty?topic=${topic}`);
    if (random.chance(30)) await broker.post(`/topic/pause?topic=${topic}`);
    await broker.post(`/topic/delete?topic=${topic}`);
    await sleep(random.between(50, 500));
    await reader.drop();
  }
}

async function checkCount({ broker, problems }: Scene, topic: string, count: number) {
  const stats = JSON.parse(await broker.get(`/stats?format=json&topic=${topic}`));
  const found = stats.topics[0]?.message_count;
  if (found !== count) problems.add(`${topic}: message_count is ${found}, published were ${count}`);
}

/** Somebody who takes messages and never answers. */
async function guest(
  { broker }: Scene,
  topic: string,
  channel: string,
  ready: number,
): Promise<RawConnection> {
  const connection = await RawConnection.open(broker.tcpPort, {
    client_id: "guest",
    feature_negotiation: true,
    msg_timeout: 1000,
  });
  await connection.request(subscribeCommand(topic, channel));
  connection.send(readyCommand(ready));
  return connection;
}
