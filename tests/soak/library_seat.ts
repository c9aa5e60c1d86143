/**
 * A seat at a channel whose clients use our own client library: they finish, requeue, and are stopped and
 * started again. The library tells less of its commands' outcome than a client by hand, so less is certain.
 */
import { Consumer } from "../../src/client/consumer.ts";
import type { Message } from "../../src/client/message.ts";
import type { ConsumerEvent } from "../../src/client/consumer_options.ts";
import { MESSAGE_TIMEOUT_MS, type Seats } from "./consumer_seat.ts";
import type { ChannelLedger } from "./ledger.ts";
import { type Random, sleep } from "./random.ts";

/** So many deliveries may have stayed unseen when this process stood still. */
const DOUBT = 100;

/** Seats clients at the channel until all is over. */
export async function sitWithLibrary(
  channel: ChannelLedger,
  random: Random,
  seats: Seats,
): Promise<void> {
  while (!seats.isOver) {
    const consumer = new Consumer({
      topic: channel.topic.name,
      channel: channel.name,
      addresses: [`127.0.0.1:${seats.port}`],
      msgTimeoutMs: MESSAGE_TIMEOUT_MS,
      maxInFlight: random.pick([1, 20, 100]),
      maxAttempts: 0,
      maxBackoffMs: 0,
      stopMsMax: 2000,
      handler: (message) => handle(message, channel, random, seats),
      onEvent: (event) => onEvent(event, channel),
    });
    await consumer.start();
    const untilMs = performance.now() + random.between(500, 3000);
    while (!seats.isOver && (seats.isCalm || performance.now() < untilMs)) await sleep(50);
    await consumer.stop();
    // Who could not run may have finished a message whose next delivery it then never read.
    if (seats.stalls.isRecent) channel.slack += DOUBT;
  }
}

function handle(message: Message, channel: ChannelLedger, random: Random, seats: Seats): void {
  const { body, attempts, id } = message;
  const delivery = { attempts, id, receivedMs: performance.now() };
  const held = channel.delivered(body, 0, body.length, delivery);
  if (held === undefined) return;
  const isFinished = seats.isCalm || attempts >= 5 || random.chance(95);
  if (isFinished) {
    channel.maybeFinished(held);
    message.finish();
  } else {
    channel.requeuesPossible++;
    message.requeue(random.pick([0, random.between(1, 500)]));
  }
}

/** A refused answer is legal here: the message may have waited in the library until its timeout. */
function onEvent(event: ConsumerEvent, channel: ChannelLedger): void {
  if (event.kind === "connected" || event.kind === "answer refused") return;
  channel.topic.problems.add(`${channel.title}: the library's consumer says ${event.kind}`);
}
