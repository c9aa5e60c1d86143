// Reads nsqd.dat once, for whoever works on a data path while no broker keeps the file (see `metadata_file.ts` for that).

import { join } from "node:path";
import type { Disk } from "./disk.ts";
import { parseMetadata, type TopicMetadata } from "./metadata.ts";
import { systemErrorText } from "../base/system_error.ts";
import { readSmallFile } from "./upstream/small_file.ts";

const METADATA_BYTES_MAX = 2 ** 30;

/** The topics in nsqd.dat, none when there is no such file. Throws Error with a whole line when it is damaged; FileError. */
export function readSavedTopics(disk: Disk, dataPath: string): TopicMetadata[] {
  const path = join(dataPath, "nsqd.dat");
  const content = readSmallFile(disk, path, METADATA_BYTES_MAX);
  try {
    return parseMetadata(content ? new TextDecoder().decode(content) : "{}").topics;
  } catch (error) {
    const reason = systemErrorText(error);
    throw new Error(
      `cannot read ${path} - ${reason}: move it away to go on without it (topics and channels are in the logs too)`,
      { cause: error },
    );
  }
}
