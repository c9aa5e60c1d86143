/**
 * The cluster with each member on a host of its own, in network namespaces, and links that are cut and healed: that of an
 * nsqd for longer than its consumers wait for it, and that of an nsqlookupd. Once, or again and again for CLUSTER_SECONDS.
 */
import { printedSeed, Random, say, sleep } from "../soak/random.ts";
import { allKnown } from "./disturbances.ts";
import { TOPIC } from "./load.ts";
import { Members } from "./members.ts";
import { Network, networkObstacle } from "./network.ts";
import { underLoad } from "./trial.ts";

const SECONDS = Number(Deno.env.get("CLUSTER_SECONDS") ?? 0);
const NSQDS = 3;
const LOOKUPDS = 2;
/** Consumers wait four seconds for a sign of life. */
const CUT_MS = { min: 1_000, max: 8_000, once: 5_500 };

async function disturbed(members: Members, network: Network, random: Random): Promise<number> {
  const endMs = performance.now() + SECONDS * 1000;
  let count = 0;
  do {
    const hosts = [random.between(0, NSQDS - 1), NSQDS + random.between(0, LOOKUPDS - 1)];
    const cutMs = SECONDS > 0 ? random.between(CUT_MS.min, CUT_MS.max) : CUT_MS.once;
    if (SECONDS > 0) say(`network: hosts ${hosts} are cut off for ${cutMs} ms`);
    for (const host of hosts) await network.cut(host);
    await sleep(cutMs);
    for (const host of hosts) await network.heal(host);
    await allKnown(members, TOPIC);
    count += hosts.length;
  } while (performance.now() < endMs);
  return count;
}

const obstacle = await networkObstacle();
const name = "a cluster finishes all it acknowledged while links are cut and healed";
if (obstacle !== undefined) {
  Deno.test.ignore(`${name} (skipped: no network namespaces here - ${obstacle})`, () => {});
} else {
  Deno.test(name, async () => {
    const random = new Random(printedSeed("network"));
    await using network = await Network.make(NSQDS + LOOKUPDS);
    await using members = await Members.start({
      nsqd: network.hosts.slice(0, NSQDS),
      lookupd: network.hosts.slice(NSQDS),
    });
    await underLoad("network", members, () => disturbed(members, network, random));
  });
}
