// Waiting until what a request did is stored, as safe as the durability promises, before its reply is sent.

import type { Topic } from "../queue/topic.ts";
import { HttpError } from "./http_errors.ts";

/** Resolves when what this turn published to the topic is stored; rejects with HttpError EXITING when it was refused. */
export function published(topic: Topic): Promise<void> {
  return settled(topic, false);
}

/** Resolves when what this turn changed of the topic is stored, whatever becomes of messages. */
export function changed(topic: Topic): Promise<void> {
  return settled(topic, true);
}

function settled(topic: Topic, isBystander: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const published = (_mark: number, refusal: string | undefined, safe?: Promise<void>) => {
      if (refusal === undefined) resolve(safe);
      else reject(new HttpError("EXITING"));
    };
    topic.report({ published, isBystander }, 0);
  });
}
