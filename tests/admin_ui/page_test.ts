/**
 * nsqadmin's page in a real browser against a real cluster: every page, every action, once by keyboard
 * alone. Skipped, with the reason in its name, where the system has no Chromium.
 */
import { assertEquals } from "@std/assert";
import { RawClient } from "../binary/raw_client.ts";
import { chromiumPath, WatchedBrowser } from "./browser.ts";
import * as actions from "./page_actions.ts";
import { goByKeyboard, useShortcuts } from "./page_keyboard.ts";
import { seeDeadNode, useLogin } from "./page_login.ts";
import { followTail, lookAtMessages, steerMessages } from "./page_messages.ts";
import { useTopicList, walkPages } from "./page_walk.ts";
import { StartedCluster } from "./started_cluster.ts";

/** Topics, channels and messages for the pages to show. */
async function fill(cluster: StartedCluster): Promise<void> {
  const create = async (topic: string, channel?: string) => {
    const name = encodeURIComponent(topic);
    if (channel === undefined) return await cluster.post(0, `/topic/create?topic=${name}`);
    await cluster.post(0, `/topic/create?topic=${name}`);
    await cluster.post(0, `/channel/create?topic=${name}&channel=${channel}`);
  };
  await create("orders", "billing");
  for (const body of ["order number 1", '{"order":2,"id":12345678901234567890}']) {
    await cluster.post(0, "/pub?topic=orders", body);
  }
  await create("waste", "heap");
  await cluster.post(0, "/mpub?topic=waste", "1\n2\n3");
  await cluster.post(0, "/mpub?topic=backlog", "1\n2\n3");
  await create("tail#ephemeral");
  await create("leaving");
  await create("keys", "board");
  await create("steer", "wheel");
  await create("stuck", "queue");
  await cluster.post(0, "/mpub?topic=stuck", "1\n2\n3");
  const numbers = Array.from({ length: 120 }, (_, number) => String(number).padStart(3, "0"));
  await Promise.all(numbers.map((number) => create(`bulk.${number}`)));
}

/** Publishes bytes that are no text. */
async function publishBinary(cluster: StartedCluster): Promise<void> {
  const address = `http://${cluster.addresses.nsqdHttp[0]}/pub?topic=orders`;
  const body = new Uint8Array([0, 1, 2, 255]);
  await (await fetch(address, { method: "POST", body })).body?.cancel();
}

async function test(chromium: string, context: Deno.TestContext): Promise<void> {
  await using cluster = await StartedCluster.start();
  const starting = WatchedBrowser.start(chromium);
  // Awaited below; until then its failure must not end the process.
  starting.catch(() => {});
  await fill(cluster);
  await publishBinary(cluster);
  // A consumer that never says RDY: what the page must warn of.
  using idle = await RawClient.connect(cluster.addresses.nsqdTcp[0]);
  assertEquals(await idle.ask("SUB stuck queue"), "OK");
  await using browser = await starting;
  const origin = `http://${cluster.addresses.admin}`;
  const page = await browser.page(origin);
  const steps: Record<string, () => Promise<void>> = {
    "shows every page": () => walkPages(page, cluster, 1280),
    "shows every page on a phone, in the dark": async () => {
      const viewport = { width: 390, height: 844 };
      const phone = await browser.page(origin, { viewport, colorScheme: "dark" });
      await walkPages(phone, cluster, 390);
      await phone.context().close();
    },
    "searches, filters, sorts and turns pages of topics": () => useTopicList(page),
    "warns of a consumer that is not ready": async () => {
      await page.goto("/topics/stuck/queue");
      await page.locator("tbody").getByText("RDY 0").waitFor();
      await page.locator(".warnings").getByText("nobody ready").waitFor();
    },
    "creates a topic and a channel": () => actions.createTopic(page, cluster),
    "pauses, and undoes it": () => actions.pauseAndUndo(page, cluster),
    "empties once the name is typed": () => actions.emptyBoth(page, cluster),
    "deletes once the name is typed": () => actions.deleteBoth(page, cluster),
    "tombstones a node and forgets the topic": () => actions.tombstoneAndForget(page, cluster),
    "looks at messages and leaves them": () => lookAtMessages(page, cluster),
    "publishes, requeues, finishes and moves messages": () => steerMessages(page, cluster),
    "follows a topic live": () => followTail(page, cluster),
    "is used by keyboard only": () => goByKeyboard(page, cluster),
    "knows its shortcuts": () => useShortcuts(page),
  };
  for (const [name, step] of Object.entries(steps)) await context.step(name, step);
  await context.step("asks for a login, below a base path", async () => {
    const guarded = await browser.page(`http://${cluster.addresses.guarded}`);
    await useLogin(guarded);
    await seeDeadNode(guarded);
  });
  // Browsers write a refusal to the console by themselves: the wrong token, the tail without a channel.
  const refusals = /topics\/orders said: .* 401 |view=tail said: .* 409 /;
  assertEquals(browser.trouble.filter((line) => !refusals.test(line)), []);
}

const chromium = chromiumPath();
if (chromium === undefined) {
  Deno.test.ignore("nsqadmin's page (skipped: this system has no Chromium)", () => {});
} else {
  Deno.test("nsqadmin's page", (context) => test(chromium, context));
}
