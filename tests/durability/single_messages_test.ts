/**
 * What an operator did to single messages is there after a kill: finished ones stay finished, moved ones are in the other
 * topic and nowhere else, those that were to come at once come.
 */
import { assertEquals } from "@std/assert";
import { BrokerOnPath } from "./broker_on_path.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";

const HOUR_MS = 3_600_000;

interface Shown {
  readonly id: string;
  readonly body: string;
}

async function peek(broker: BrokerOnPath, query: string): Promise<readonly Shown[]> {
  return JSON.parse(await broker.get(`/channel/peek?${query}`)).messages;
}

async function bodies(broker: BrokerOnPath, query: string): Promise<string[]> {
  return (await peek(broker, query)).map(({ body }) => body);
}

for (const durability of ["async", "fsync"]) {
  Deno.test(`A kill undoes nothing that was done to single messages (${durability})`, async () => {
    using temporary = new TemporaryFolder();
    const path = temporary.path;
    const flags = [`--durability=${durability}`, "--min-free-space=0"];
    const before = await BrokerOnPath.start(path, flags);
    await before.post("/topic/create?topic=t");
    await before.post("/channel/create?topic=t&channel=c");
    for (const body of ["finished", "moved", "at once", "left"]) {
      await before.post(`/pub?topic=t&defer=${HOUR_MS}`, body);
    }
    const shown = await peek(before, "topic=t&channel=c&state=deferred");
    const target = (body: string) =>
      `topic=t&channel=c&id=${shown.find((each) => each.body === body)?.id}`;
    await before.post(`/message/finish?${target("finished")}`);
    await before.post(`/message/move?${target("moved")}&to=u`);
    await before.post(`/message/requeue?${target("at once")}`);
    await before.kill();
    await using after = await BrokerOnPath.start(path, flags);
    assertEquals(await bodies(after, "topic=t&channel=c&state=deferred"), ["left"]);
    assertEquals(await bodies(after, "topic=t&channel=c&state=requeued"), ["at once"]);
    assertEquals(await bodies(after, "topic=u"), ["moved"]);
  });
}
