/**
 * What happens to members of a cluster in a bad week: killed, frozen, replaced, drained. One at a time, and each ends with
 * everybody there again.
 */
import type { Random } from "../soak/random.ts";
import { sleep } from "../soak/random.ts";
import { until } from "../daemons/waiting.ts";
import type { Members } from "./members.ts";

type Disturbance = (members: Members, random: Random) => Promise<void>;

/** The disturbances by name. */
export const disturbances = {
  "an nsqd is killed and comes back": async ({ nsqds }, random) => {
    const seat = random.pick(nsqds);
    await seat.kill();
    await sleep(random.between(0, 500));
    await seat.fill("same");
  },
  "an nsqd is killed and replaced at other ports": async ({ nsqds }, random) => {
    const seat = random.pick(nsqds);
    await seat.kill();
    await seat.fill("other");
  },
  "an nsqd is frozen": async ({ nsqds }, random) => {
    const { daemon } = random.pick(nsqds);
    daemon.freeze();
    await sleep(random.between(500, 1_500));
    daemon.thaw();
  },
  "an nsqd is drained and replaced": async ({ nsqds }, random) => {
    const seat = random.pick(nsqds);
    const drained = await seat.daemon.ask("PUT", "/config/drain", "20s");
    if (drained.status !== 200) throw new Error(drained.text);
    await seat.daemon.ended();
    await seat.fill("other");
  },
  "an nsqlookupd is killed and comes back": async ({ lookupds }, random) => {
    const seat = random.pick(lookupds);
    await seat.kill();
    await sleep(random.between(0, 500));
    await seat.fill("same");
  },
  "an nsqlookupd is frozen": async ({ lookupds }, random) => {
    const { daemon } = random.pick(lookupds);
    daemon.freeze();
    await sleep(random.between(500, 1_500));
    daemon.thaw();
  },
  "nsqd's leave an nsqlookupd and come back": async (members, random) => {
    const [keep] = [random.pick(members.lookupds)];
    const put = (addresses: string[]) =>
      Promise.all(
        members.nsqds.map(({ daemon }) =>
          daemon.ask("PUT", "/config/nsqlookupd_tcp_addresses", JSON.stringify(addresses))
        ),
      );
    await put([keep.daemon.tcpAddress]);
    await sleep(random.between(0, 500));
    await put(members.lookupds.map(({ daemon }) => daemon.tcpAddress));
  },
} as const satisfies Record<string, Disturbance>;

/** The name of one. */
export type DisturbanceName = keyof typeof disturbances;

/** Waits until both nsqlookupds know every nsqd at the address where it is. */
export async function allKnown({ nsqds, lookupds }: Members, topic: string): Promise<void> {
  const wanted = nsqds.map(({ daemon }) => daemon.tcpPort).toSorted().join();
  for (const { daemon } of lookupds) {
    let found = "";
    await until(
      async () => {
        const { status, text } = await daemon.ask("GET", `/lookup?topic=${topic}`);
        const producers: { tcp_port: number }[] = status === 200 ? JSON.parse(text).producers : [];
        found = producers.map(({ tcp_port }) => tcp_port).toSorted().join();
        return found === wanted;
      },
      () => `${daemon.tcpAddress} knows ${found} instead of ${wanted}:\n${daemon.tail}`,
    );
  }
}
