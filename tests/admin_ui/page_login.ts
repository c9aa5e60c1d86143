/**
 * The guarded nsqadmin: nobody sees a figure without a token, a viewer sees no button, and below a base
 * path everything works as at the root.
 */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { tokens } from "./started_cluster.ts";

async function logIn(page: Page, user: string, token: string): Promise<void> {
  await page.getByLabel("User").fill(user);
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** A wrong token, a viewer, and somebody who may do everything. */
export async function useLogin(page: Page): Promise<void> {
  await page.goto("/admin/topics/orders");
  await logIn(page, "viewer", "wrong");
  await page.getByText("That user and token do not belong together.").waitFor();
  assertEquals(await page.getByText("billing").count(), 0);
  await logIn(page, "viewer", tokens.viewer);
  await page.getByRole("link", { name: "billing", exact: true }).waitFor();
  for (const name of ["Pause", "Empty", "Delete"]) {
    assertEquals(await page.getByRole("button", { name }).count(), 0, name);
  }
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("Token").waitFor();
  await logIn(page, "chief", tokens.chief);
  await page.getByRole("button", { name: "Delete" }).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("Paused topic orders.").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Unpaused topic orders.").waitFor();
}

/** A node that is not there is called so, on its page and among the warnings. */
export async function seeDeadNode(page: Page): Promise<void> {
  await page.goto("/admin/nodes");
  await page.locator("tbody").getByText("unreachable").waitFor();
  await page.goto("/admin/");
  await page.locator(".warnings").getByText("unreachable").first().waitFor();
}
