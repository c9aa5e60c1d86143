/**
 * The browser of messages: looking in each state, steering single ones, publishing, the live tail.
 */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { eventually } from "./page_walk.ts";
import type { StartedCluster } from "./started_cluster.ts";

/** What waits is shown in order, in three forms, and is still there afterwards. */
export async function lookAtMessages(page: Page, cluster: StartedCluster): Promise<void> {
  await page.goto("/messages?topic=orders&channel=billing");
  const lines = page.locator(".messages summary");
  await eventually("three messages are shown", async () => await lines.count() === 3);
  assertEquals(await lines.locator("code").allTextContents(), [
    "order number 1",
    '{"order":2,"id":12345678901234567890}',
    "00 01 02 ff",
  ]);
  await lines.nth(1).click();
  const body = page.locator(".body");
  await page.getByText('"id": 12345678901234567890').waitFor();
  await page.getByRole("button", { name: "hex" }).click();
  await eventually(
    "the body is in hex",
    async () => (await body.textContent())?.startsWith("000000  7b 22 6f 72 64 65 72") === true,
  );
  assertEquals((await cluster.topic(0, "orders"))?.channels[0]?.depth, 3);
}

/** Publishes a deferred message from the page. */
async function publishDeferred(page: Page, body: string): Promise<void> {
  await page.getByRole("button", { name: "Publish" }).first().click();
  await page.getByLabel("Body").fill(body);
  await page.getByLabel(/^Deferred by/).fill("600");
  await page.locator("form").getByRole("button", { name: "Publish" }).click();
  await page.getByText(/^Published /).last().waitFor();
}

/** Opens the only message of a state. */
async function openOnly(page: Page, state: string, body: string): Promise<void> {
  await page.getByRole("button", { name: state, exact: true }).click();
  const line = page.locator(".messages summary").filter({ hasText: body });
  await eventually(`${body} is ${state}`, async () => {
    if (await line.count() === 1) return true;
    const again = page.getByRole("button", { name: "Read again" });
    if (await again.count() === 1) await again.click();
    return false;
  });
  await line.click();
}

/** A deferred message is requeued, then finished; another one is moved to another topic. */
export async function steerMessages(page: Page, cluster: StartedCluster): Promise<void> {
  const channel = async (topic: string) => (await cluster.topic(0, topic))?.channels[0];
  const other = async (topic: string) => (await cluster.topic(1, topic))?.channels[0];
  await page.goto("/messages?topic=steer&channel=wheel&view=publish");
  await publishDeferred(page, "turn left");
  await openOnly(page, "Deferred", "turn left");
  await page.getByRole("button", { name: "Requeue now" }).click();
  await page.getByText(/^Requeued /).waitFor();
  await openOnly(page, "Requeued", "turn left");
  await page.getByRole("button", { name: "Finish", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Finish" }).click();
  await page.getByText(/^Finished /).waitFor();
  await eventually(
    "nothing waits any more",
    async () => ((await channel("steer"))?.depth ?? 0) + ((await other("steer"))?.depth ?? 0) === 0,
  );
  await publishDeferred(page, "turn right");
  await openOnly(page, "Deferred", "turn right");
  await page.getByLabel("Topic to move to").fill("moved");
  await page.getByRole("button", { name: "Move" }).click();
  await page.getByText(/^Moved /).waitFor();
  await eventually("the other topic has it", async () => {
    const states = await Promise.all([cluster.topic(0, "moved"), cluster.topic(1, "moved")]);
    return states.some((state) => state?.depth === 1);
  });
  await page.getByText("No message is deferred.").waitFor();
}

/** The tail shows what is published while it runs, and leaves no channel behind. */
export async function followTail(page: Page, cluster: StartedCluster): Promise<void> {
  await page.goto("/messages?topic=steer&channel=wheel&view=tail");
  const channels = async () => (await cluster.topic(0, "steer"))?.channels.length;
  await eventually("the tail has its channel", async () => await channels() === 2);
  await cluster.post(0, "/pub?topic=steer", "seen live");
  await page.locator(".messages summary").filter({ hasText: "seen live" }).waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await eventually("the tail's channel is gone", async () => await channels() === 1);
  await page.goto("/messages?topic=backlog&view=tail");
  await page.getByText("The topic has no channel.").waitFor();
}
