/**
 * Everything that can be done to topics, channels and nodes from the page, and what became of it in the
 * daemons. Invariant: nothing is believed because the page says so.
 */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { eventually } from "./page_walk.ts";
import type { StartedCluster } from "./started_cluster.ts";

/** Types the name that a dialog asks for and presses its button. */
async function confirm(page: Page, verb: string, name?: string): Promise<void> {
  const dialog = page.getByRole("dialog");
  const button = dialog.getByRole("button", { name: verb });
  if (name !== undefined) {
    assertEquals(await button.isDisabled(), true);
    await dialog.getByRole("textbox").fill(name);
  }
  await button.click();
  await dialog.waitFor({ state: "detached" });
}

/** Creates a topic with a channel by the form, names checked. */
export async function createTopic(page: Page, cluster: StartedCluster): Promise<void> {
  await page.goto("/create");
  await page.getByLabel("Topic", { exact: true }).fill("no good");
  await page.getByText("Only letters, digits").waitFor();
  await page.getByLabel("Topic", { exact: true }).fill("made");
  await page.getByLabel("Channel").fill("by-hand");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("heading", { name: "made" }).waitFor();
  await page.getByRole("link", { name: "by-hand" }).waitFor();
  assertEquals((await cluster.topic(0, "made"))?.channels.length, 1);
}

/** Pauses and undoes, for a topic and for a channel. */
export async function pauseAndUndo(page: Page, cluster: StartedCluster): Promise<void> {
  await page.goto("/topics/orders");
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("Paused topic orders.").waitFor();
  assertEquals((await cluster.topic(0, "orders"))?.paused, true);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Unpaused topic orders.").waitFor();
  assertEquals((await cluster.topic(0, "orders"))?.paused, false);
  await page.goto("/topics/orders/billing");
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Unpause" }).waitFor();
  assertEquals((await cluster.topic(0, "orders"))?.channels[0]?.paused, true);
  await page.getByRole("button", { name: "Unpause" }).click();
  await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
  assertEquals((await cluster.topic(0, "orders"))?.channels[0]?.paused, false);
}

/** Empties a channel and a topic after typing their names. */
export async function emptyBoth(page: Page, cluster: StartedCluster): Promise<void> {
  await page.goto("/topics/waste/heap");
  await page.getByRole("button", { name: "Empty" }).click();
  await confirm(page, "Empty", "heap");
  await page.getByText("Emptied channel heap.").waitFor();
  assertEquals((await cluster.topic(0, "waste"))?.channels[0]?.depth, 0);
  await page.goto("/topics/backlog");
  await page.getByRole("button", { name: "Empty" }).click();
  await confirm(page, "Empty", "backlog");
  await page.getByText("Emptied topic backlog.").waitFor();
  assertEquals((await cluster.topic(0, "backlog"))?.depth, 0);
}

/** Deletes a channel, then its topic; a dialog that is cancelled deletes nothing. */
export async function deleteBoth(page: Page, cluster: StartedCluster): Promise<void> {
  await page.goto("/topics/waste/heap");
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await confirm(page, "Delete", "heap");
  await page.getByRole("heading", { name: "waste" }).waitFor();
  assertEquals((await cluster.topic(0, "waste"))?.channels.length, 0);
  await page.getByRole("button", { name: "Delete" }).click();
  await confirm(page, "Delete", "waste");
  await page.getByRole("heading", { name: "Topics" }).waitFor();
  assertEquals(await cluster.topic(0, "waste"), undefined);
}

/** Tombstones a node for a topic, which leaves the topic without a node; deletes it from the lookup page. */
export async function tombstoneAndForget(page: Page, cluster: StartedCluster): Promise<void> {
  await page.goto("/topics/leaving");
  await page.getByRole("button", { name: /^Tombstone/ }).click();
  await confirm(page, "Tombstone");
  await page.getByText(/^Tombstoned /).waitFor();
  await eventually(
    "the topic is gone from the node",
    async () => await cluster.topic(0, "leaving") === undefined,
  );
  await page.goto("/lookup");
  await page.getByRole("button", { name: "Delete leaving" }).click();
  await confirm(page, "Delete", "leaving");
  await page.getByText("Deleted topic leaving.").waitFor();
  await page.getByRole("link", { name: "leaving" }).waitFor({ state: "detached" });
}
