// A note beside the files of nsq_to_file that names the one being written: who starts after a kill finds in it what
// must be put right. Each running process has a note of its own, locked while it runs and removed when it ends.

import { exists, OutputFile } from "./output_file.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The note of this process. */
export class UnfinishedFile {
  readonly #note: OutputFile;

  private constructor(note: OutputFile) {
    this.#note = note;
  }

  /**
   * Takes the first free note called `<prefix>.<number>`; `repair` is called with each path that processes which are
   * gone have left in theirs.
   */
  static async claim(
    prefix: string,
    repair: (path: string) => Promise<void>,
  ): Promise<UnfinishedFile> {
    let own: OutputFile | undefined;
    for (let number = 0;; number++) {
      const path = `${prefix}.${number}`;
      if (own !== undefined && !(await exists(path))) return new UnfinishedFile(own);
      const note = await OutputFile.open(path, false);
      if (note === undefined) continue;
      const left = decoder.decode(await note.read(0, note.bytes));
      if (left.endsWith("\n")) await repair(left.slice(0, -1));
      if (own === undefined) {
        own = note;
        await note.truncate(0);
      } else await removeNote(note);
    }
  }

  /** Notes a path, durably, before the file there is made. */
  async write(path: string): Promise<void> {
    await this.clear();
    await this.#note.append(encoder.encode(`${path}\n`));
    await this.#note.sync();
  }

  /** No file is being written. */
  async clear(): Promise<void> {
    await this.#note.truncate(0);
  }

  /** Removes the note; a file that is named in it must be finished. */
  async end(): Promise<void> {
    await removeNote(this.#note);
  }

  /** Leaves the note as it is, for the next start. */
  abandon(): void {
    this.#note.close();
  }
}

async function removeNote(note: OutputFile): Promise<void> {
  await Deno.remove(note.path);
  note.close();
}
