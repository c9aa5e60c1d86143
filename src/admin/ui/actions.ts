/**
 * What can be done to topics and channels, with the question before and the way back after.
 * Invariant: nothing that loses messages happens on one click, and what can be undone offers it.
 */
import * as api from "./api.ts";
import type { Reply } from "./api_shapes.ts";
import { confirmFirst } from "./dialog.tsx";
import { notify } from "./notices.tsx";

/** A topic, or a channel of it. */
export interface Target {
  readonly topic: string;
  readonly channel?: string;
}

function kindOf(target: Target): "topic" | "channel" {
  return target.channel === undefined ? "topic" : "channel";
}

/** The name that stands for a target in a sentence. */
export function nameOf(target: Target): string {
  return target.channel ?? target.topic;
}

/** Does something and says how it went; true when the server took it. */
export async function attempt(
  work: () => Promise<Reply>,
  said: string,
  undo?: () => void,
): Promise<boolean> {
  try {
    const reply = await work();
    if (reply.message) notify("warning", reply.message);
    notify("done", said, undo);
    return true;
  } catch (error) {
    notify("error", error instanceof Error ? error.message : String(error));
    return false;
  }
}

/** Pauses or lets run, at once; the notice offers the opposite. */
export async function setPaused(target: Target, pause: boolean, then: () => void): Promise<void> {
  const undo = () => void setPaused(target, !pause, then);
  const said = `${pause ? "Paused" : "Unpaused"} ${kindOf(target)} ${nameOf(target)}.`;
  const action = pause ? "pause" : "unpause";
  await attempt(() => api.act(action, target.topic, target.channel), said, undo);
  then();
}

/** Empties after the name has been typed. */
export function empty(target: Target, depth: number, then: () => void): void {
  const kind = kindOf(target);
  confirmFirst({
    title: `Empty ${kind}`,
    text: `${depth.toLocaleString("en-US")} waiting messages of the ${kind} “${
      nameOf(target)
    }” are thrown away on every node. This cannot be undone.`,
    verb: "Empty",
    typedName: nameOf(target),
    action: () =>
      void attempt(
        () => api.act("empty", target.topic, target.channel),
        `Emptied ${kind} ${nameOf(target)}.`,
      ).then(then),
  });
}

/** Deletes after the name has been typed. */
export function remove(target: Target, then: () => void): void {
  const kind = kindOf(target);
  const more = kind === "topic" ? " with all its channels and messages" : " with its messages";
  confirmFirst({
    title: `Delete ${kind}`,
    text: `The ${kind} “${
      nameOf(target)
    }” is deleted${more}, on every node. Its consumers are disconnected. This cannot be undone.`,
    verb: "Delete",
    typedName: nameOf(target),
    action: () =>
      void attempt(
        () => api.remove(target.topic, target.channel),
        `Deleted ${kind} ${nameOf(target)}.`,
      ).then((isDone) => {
        if (isDone) then();
      }),
  });
}

/** Tombstones a node for a topic after a click on yes. */
export function tombstone(node: string, topic: string, then: () => void): void {
  confirmFirst({
    title: "Tombstone node",
    text:
      `Consumers that ask nsqlookupd for “${topic}” will not find ${node} for a while, and the ` +
      `topic is deleted on that node with what waits there. Stop its publishers first.`,
    verb: "Tombstone",
    action: () =>
      void attempt(() => api.tombstone(node, topic), `Tombstoned ${node} for ${topic}.`).then(then),
  });
}
