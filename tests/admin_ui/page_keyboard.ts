/**
 * The page without a pointer: from the first Tab to a deleted topic and back.
 */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { eventually } from "./page_walk.ts";
import type { StartedCluster } from "./started_cluster.ts";

/** The text of what has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate<string>(`document.activeElement?.textContent ?? ""`);
}

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Presses Tab until something named so has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let count = 0; count < 40; count++) {
    if (await focused(page) === name) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never came to "${name}"`);
}

/** A search, a row, a topic, a channel, a pause and its undo, a dialog, the list of keys. */
export async function goByKeyboard(page: Page, cluster: StartedCluster): Promise<void> {
  await page.goto("/topics");
  await page.locator("tbody tr").first().waitFor();
  await press(page, "/");
  await page.keyboard.type("keys");
  await eventually("one topic is found", async () => await page.locator("tbody tr").count() === 1);
  await press(page, "Escape");
  await eventually(
    "Escape clears the search",
    async () => await page.locator("tbody tr").count() > 1,
  );
  await page.keyboard.type("keys");
  await eventually(
    "one topic is found again",
    async () => await page.locator("tbody tr").count() === 1,
  );
  await press(page, "Enter");
  assertEquals(await focused(page), "keys");
  await press(page, "Enter");
  await page.getByRole("heading", { name: "keys" }).waitFor();
  await page.getByRole("link", { name: "board" }).waitFor();
  await press(page, "j", "Enter");
  await page.getByRole("heading", { name: "board" }).waitFor();
  await tabTo(page, "Pause");
  await press(page, "Enter");
  await eventually(
    "the channel is paused",
    async () => (await cluster.topic(0, "keys"))?.channels[0]?.paused === true,
  );
  await tabTo(page, "Undo");
  await press(page, "Enter");
  await eventually(
    "the channel is not paused",
    async () => (await cluster.topic(0, "keys"))?.channels[0]?.paused === false,
  );
  await press(page, "Escape");
  await page.getByRole("heading", { name: "keys" }).waitFor();
  await deleteByKeyboard(page, cluster);
}

async function deleteByKeyboard(page: Page, cluster: StartedCluster): Promise<void> {
  await tabTo(page, "Delete");
  await press(page, "Enter");
  await page.getByRole("dialog").waitFor();
  await press(page, "Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assertEquals(await focused(page), "Delete");
  await press(page, "Enter");
  await page.getByRole("dialog").waitFor();
  // Faster than the browser tells that the dialog before is closed.
  for (let count = 0; count < 20; count++) await press(page, "Escape", "Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.type("keys");
  await press(page, "Enter");
  await eventually("the topic is gone", async () => await cluster.topic(0, "keys") === undefined);
  await page.getByRole("heading", { name: "Topics" }).waitFor();
}

/** The skip link, the list of keys, the pages by two keys, the colours. */
export async function useShortcuts(page: Page): Promise<void> {
  await page.goto("/counter");
  await page.getByText("Per second").waitFor();
  await press(page, "g", "n");
  await page.getByRole("heading", { name: "Nodes", exact: true }).waitFor();
  await press(page, "?");
  await page.getByRole("dialog").getByText("Next row").waitFor();
  await press(page, "Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await press(page, "d", "d");
  assertEquals(await page.evaluate("document.documentElement.dataset.theme"), "dark");
  await page.reload();
  assertEquals(await page.evaluate("document.documentElement.dataset.theme"), "dark");
  await page.getByRole("heading", { name: "Nodes", exact: true }).waitFor();
  await press(page, "Tab");
  assertEquals(await focused(page), "Skip to the figures");
  await press(page, "Enter");
  assertEquals(await page.evaluate("document.activeElement?.id"), "main");
}
