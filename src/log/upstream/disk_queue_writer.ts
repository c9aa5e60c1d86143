// Writes one of upstream's disk queues: data files rolled as upstream rolls them, and the meta file when all is there.
// Invariant: the meta file is written last, after the messages were synced, so that it never promises what is not there.

import { join } from "node:path";
import type { Disk, DiskFile } from "../disk.ts";
import { encodeMeta } from "./disk_queue_meta.ts";
import { dataFileName, metaFileName } from "./disk_queue_names.ts";
import { encodeRecord, recordBytes, type UpstreamMessage } from "./disk_queue_record.ts";
import { replaceSmallFile } from "./small_file.ts";

const BUFFER_BYTES = 256 * 1024;

/** Writes the queue whose file names begin with `queue`, of which there must be no file yet. */
export class DiskQueueWriter {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #queue: string;
  readonly #bytesPerFileMax: number;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #buffered = 0;
  #file: DiskFile | undefined;
  #number = 0;
  #position = 0;
  #depth = 0;

  /** @param bytesPerFileMax a file gets no longer, unless one message alone is */
  constructor(disk: Disk, directory: string, queue: string, bytesPerFileMax: number) {
    this.#disk = disk;
    this.#directory = directory;
    this.#queue = queue;
    this.#bytesPerFileMax = bytesPerFileMax;
  }

  /** Adds a message. Resolves at once but where a file ends. Rejects with FileError; then call `close` only. */
  async add(message: UpstreamMessage): Promise<void> {
    const bytes = recordBytes(message);
    if (this.#position > 0 && this.#position + bytes > this.#bytesPerFileMax) await this.#roll();
    if (this.#buffered + bytes > BUFFER_BYTES) this.#flush();
    if (bytes > BUFFER_BYTES) {
      const record = new Uint8Array(bytes);
      encodeRecord(message, record, 0);
      this.#open().append(record);
    } else {
      encodeRecord(message, this.#buffer, this.#buffered);
      this.#buffered += bytes;
    }
    this.#position += bytes;
    this.#depth++;
  }

  /** Makes it a queue that upstream can read. Rejects with FileError. */
  async finish(): Promise<void> {
    await this.#endFile();
    const meta = encodeMeta({
      depth: this.#depth,
      readFile: 0,
      readPosition: 0,
      writeFile: this.#number,
      writePosition: this.#position,
    });
    const path = join(this.#directory, metaFileName(this.#queue));
    await replaceSmallFile(this.#disk, path, meta);
  }

  /** Gives up what is open, after a failure; does nothing after `finish`. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  async #roll(): Promise<void> {
    await this.#endFile();
    this.#number++;
    this.#position = 0;
  }

  async #endFile(): Promise<void> {
    this.#flush();
    await this.#file?.syncData();
    this.close();
  }

  #flush(): void {
    if (this.#buffered > 0) this.#open().append(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  #open(): DiskFile {
    const name = dataFileName(this.#queue, this.#number);
    this.#file ??= this.#disk.open(join(this.#directory, name), "append");
    return this.#file;
  }
}
