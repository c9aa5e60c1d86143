/**
 * A topic that is deleted and made again under load, each time with messages of the next generation: large ones,
 * so that segments roll and checkpoints are under way when it goes.
 * Invariant: no message of a generation whose deletion was answered ever comes; all accepted ones of the latest do.
 */
import type { BrokerOnPath } from "./broker_on_path.ts";
import type { Problems } from "./kill_books.ts";
import { Tap } from "./tap.ts";

const MESSAGES = 40;
const FILLER = " ".repeat(6000);

/** The topic through all rounds. */
export class PassingTopic {
  #generation = 0;
  /** Whether messages of the generation before cannot be there any more. */
  #isDeleted = true;
  /** Whether the channel of this generation was made. */
  #isMade = false;
  #accepted = 0;
  readonly #problems: Problems;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** Deletes it and makes it again. Rejects when the broker is killed meanwhile. */
  async renew(broker: BrokerOnPath): Promise<void> {
    const isThere = this.#generation > 0 && (await names(broker)).has("passing");
    this.#generation++;
    this.#accepted = 0;
    this.#isDeleted = this.#isMade = false;
    if (isThere) await broker.post("/topic/delete?topic=passing");
    this.#isDeleted = true;
    await broker.post("/topic/create?topic=passing");
    await broker.post("/channel/create?topic=passing&channel=c");
    this.#isMade = true;
    for (; this.#accepted < MESSAGES; this.#accepted++) {
      await broker.post("/pub?topic=passing", `${this.#generation} ${this.#accepted}${FILLER}`);
    }
  }

  /** Deletes it, unless the last kill came between a deletion and what followed. */
  async remove(broker: BrokerOnPath): Promise<void> {
    if ((await names(broker)).has("passing")) await broker.post("/topic/delete?topic=passing");
  }

  /** After a start: it is as it was left. */
  async check(broker: BrokerOnPath): Promise<void> {
    const channel = (await names(broker)).get("passing");
    if (channel === undefined) {
      if (this.#isMade) this.#problems.add(`generation ${this.#generation} of passing is gone`);
      return;
    }
    await using tap = await Tap.open(broker.tcpPort, "passing", "c", 2 * MESSAGES);
    const came = (await tap.next(channel)).map(({ body }) => body.trim());
    for (const body of came) {
      const isNow = body.startsWith(`${this.#generation} `);
      if (!isNow && this.#isDeleted) this.#problems.add(`deleted message ${body} came`);
    }
    for (let number = 0; number < this.#accepted; number++) {
      const body = `${this.#generation} ${number}`;
      if (!came.includes(body)) this.#problems.add(`message ${body} of passing is lost`);
    }
  }
}

/** The topics there are, with the messages that wait in their first channel. */
async function names(broker: BrokerOnPath): Promise<Map<string, number>> {
  const stats = await broker.stats();
  return new Map(stats.map(({ topic_name, channels }) => [topic_name, channels[0]?.depth ?? 0]));
}
