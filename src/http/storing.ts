// Waiting until what a request did is stored, as safe as the durability promises, before its reply is sent.

import type { Topic } from "../queue/topic.ts";
import { HttpError } from "./http_errors.ts";

/** Resolves when what this turn did to the topic is stored; rejects with HttpError EXITING when it was refused. */
export function stored(topic: Topic): Promise<void> {
  return new Promise((resolve, reject) => {
    const published = (_mark: number, refusal: string | undefined, safe?: Promise<void>) => {
      if (refusal === undefined) resolve(safe);
      else reject(new HttpError("EXITING"));
    };
    topic.report({ published }, 0);
  });
}
