// The list of topics of one node: its topics, its figures, nobody else's.

import { assertEquals } from "@std/assert";
import { channelJson, fakeNsqd, topicJson, withAdmin } from "./fake_daemons.ts";

Deno.test("GET /api/overview/topics?node= has that node's topics with that node's figures", async () => {
  await using first = fakeNsqd(() => [
    topicJson("shared", [channelJson("c", { depth: 3 })]),
    topicJson("own", [channelJson("c", { depth: 1 })]),
  ]);
  await using second = fakeNsqd(() => [topicJson("shared", [channelJson("c", { depth: 40 })])]);
  const options = { nsqdHttpAddress: [first.address, second.address] };
  await withAdmin(options, async ({ ask }) => {
    const list = async (node: string) => {
      const address = `/api/overview/topics?node=${encodeURIComponent(node)}`;
      const { json } = await ask("GET", address);
      return [
        json.all,
        json.topics.map((row: { topic_name: string; total_depth: number }) => [
          row.topic_name,
          row.total_depth,
        ]),
        json.totals.depth,
      ];
    };
    assertEquals(await list(first.address), [2, [["own", 1], ["shared", 3]], 4]);
    assertEquals(await list(second.address), [1, [["shared", 40]], 40]);
    assertEquals(await list("nobody:1"), [0, [], 0]);
    assertEquals(await list(""), [2, [["own", 1], ["shared", 43]], 44]);
  });
});
