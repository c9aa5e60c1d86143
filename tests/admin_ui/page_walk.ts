/**
 * Every page opened by its address: it shows what it is for, has its title, fits a phone.
 */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import type { StartedCluster } from "./started_cluster.ts";
import { until } from "../daemons/waiting.ts";

/** Waits until the condition holds. Throws with `what` when it does not within half a minute. */
export function eventually(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  return until(holds, () => `it came about that ${what}`);
}

/** A page and a text that only appears once its figures are there. */
interface Stop {
  readonly path: string;
  readonly title: string;
  readonly shows: string;
}

function stops([node, other]: readonly [string, string]): Stop[] {
  return [
    { path: "/", title: "Topics", shows: "orders" },
    { path: "/topics", title: "Topics", shows: "backlog" },
    { path: "/topics/orders", title: "orders", shows: "billing" },
    { path: "/topics/orders/billing", title: "billing · orders", shows: "No client is connected" },
    { path: "/topics/tail%23ephemeral", title: "tail#ephemeral", shows: "Nodes" },
    { path: "/nodes", title: "Nodes", shows: node },
    { path: `/nodes/${node}`, title: node, shows: "Log on disk" },
    { path: `/nodes/${other}`, title: other, shows: "This node has no topic." },
    { path: "/counter", title: "Counter", shows: "Per second" },
    { path: "/lookup", title: "Lookup", shows: "reachable" },
    { path: "/create", title: "Create", shows: "Create topic" },
    {
      path: "/messages?topic=orders&channel=billing",
      title: "Messages · orders",
      shows: "order number 1",
    },
  ];
}

/** Opens each page; `width` says what it must fit into. */
export async function walkPages(page: Page, cluster: StartedCluster, width: number): Promise<void> {
  for (const { path, title, shows } of stops(cluster.addresses.nsqdHttp)) {
    await page.goto(path);
    await page.locator("main").getByText(shows).first().waitFor();
    assertEquals(await page.title(), `${title} · nsqadmin`);
    const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
    assert(wide <= width, `${path} is ${wide} pixels wide`);
  }
}

/** The list of topics: searched, filtered, sorted, turned over, and all of it in the address. */
export async function useTopicList(page: Page): Promise<void> {
  await page.goto("/topics");
  const rows = page.locator("tbody tr");
  await eventually("a hundred rows are shown", async () => await rows.count() === 100);
  await page.getByRole("button", { name: "Next page" }).click();
  await page.getByText(/^101–\d+ of \d+$/).waitFor();
  await page.getByRole("searchbox").fill("bulk.07");
  await eventually("the search finds ten topics", async () => await rows.count() === 10);
  await page.getByRole("button", { name: "Topic", exact: true }).click();
  await eventually("names stand in order", async () => {
    const first = await rows.first().locator("a").textContent();
    return first === "bulk.070";
  });
  await page.reload();
  await eventually("the address keeps the search", async () => await rows.count() === 10);
  await page.getByRole("searchbox").fill("");
  await page.getByRole("button", { name: "Waiting" }).click();
  await page.getByRole("link", { name: "orders", exact: true }).waitFor();
  assertEquals(await page.getByRole("link", { name: "bulk.070" }).count(), 0);
}
