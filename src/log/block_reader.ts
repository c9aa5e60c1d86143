// Reads the batches of a topic's segments for channels that lag behind what is in memory: a large block at a time, the
// next one before it is asked for. Numbers lead to their place by halving the segment: records are numbered upwards and
// can be recognised anywhere, so no index is kept.
// Invariant: at most BLOCKS_MAX blocks are kept, the ones used last.

import { buffers } from "../base/buffer_pool.ts";
import { Batch, withHeadroom } from "../queue/batch.ts";
import type { Disk, DiskFile } from "./disk.ts";
import type { Place } from "./pending_messages.ts";
import { readRecord } from "./record.ts";
import { RECORD_HEAD_BYTES, recordLengthAt } from "./record_head.ts";
import { findRecord } from "./record_search.ts";
import { readSalt, SEGMENT_HEADER_BYTES } from "./segment_header.ts";
import { type DamagedRange, scanSegment } from "./segment_scan.ts";
import type { SegmentFile } from "./topic_folder.ts";

const BLOCK_BYTES = 256 * 1024;
const BLOCKS_MAX = 8;

/** Batches that lie one behind the other, and where the next one is. */
interface Block {
  /** Numbers covered: a batch with a number in [from, end) is in it if it is anywhere. */
  from: number;
  end: number;
  batches: Batch[];
  next: Place;
}

/** A place with its segment as it is now. */
interface Located {
  readonly segment: SegmentFile;
  readonly offset: number;
}

/** The file that is read from, with the salt of its checksums. */
interface OpenedSegment {
  readonly segment: SegmentFile;
  readonly file: DiskFile;
  salt: number | undefined;
}

/** What the reader needs to know of the log it reads. */
export interface ReaderSource {
  readonly disk: Disk;
  /** The segments, oldest first; the last one may still grow. */
  segments(): readonly SegmentFile[];
  /** From this number on everything is in memory: it is never read. */
  end(): number;
  /** A block has arrived: ask again. */
  loaded(): void;
  /** There is damage where records should be. */
  readonly damaged: (range: DamagedRange) => void;
  /** A read failed; it is tried again after a pause. */
  failed(error: unknown): void;
  /** Resolves when a failed read may be tried again. */
  pause(): Promise<void>;
}

/** Reads batches by number. */
export class BlockReader {
  readonly #source: ReaderSource;
  #blocks: Block[] = [];
  #isLoading = false;
  #file: OpenedSegment | undefined;

  constructor(source: ReaderSource) {
    this.#source = source;
  }

  /**
   * The batch with message `number`, else the first behind it; undefined when there is none before the end, and
   * "loading" while it is being read.
   */
  at(number: number): Batch | "loading" | undefined {
    if (number >= this.#source.end() || this.#source.segments().length === 0) return undefined;
    const block = this.#blocks.find(({ from, end }) => from <= number && number < end);
    if (block === undefined) {
      void this.#load(() => this.#placeOf(number), number);
      return "loading";
    }
    this.#touch(block);
    if (number >= (block.batches.at(-1)?.first ?? 0)) this.#readAhead(block);
    // Where none is left there is nothing but journals and gaps up to the end of the block.
    return block.batches.find(({ end }) => end > number) ?? this.at(block.end);
  }

  /** Lets go of blocks and of the open file. */
  close(): void {
    this.#blocks = [];
    this.#file?.file.close();
    this.#file = undefined;
  }

  #touch(block: Block): void {
    if (this.#blocks.at(-1) === block) return;
    this.#blocks = this.#blocks.filter((other) => other !== block);
    this.#blocks.push(block);
  }

  #readAhead(block: Block): void {
    const isThere = block.end >= this.#source.end() ||
      this.#blocks.some(({ from, end }) => from <= block.end && block.end < end);
    if (!isThere) void this.#load(() => this.#located(block.next), block.end);
  }

  /** One read at a time: who asks for another place asks again when this one has arrived. */
  async #load(place: () => Located | undefined, from: number): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    try {
      const start = place();
      if (start !== undefined) this.#keep(await this.#read(start, from));
    } catch (error) {
      this.#source.failed(error);
      await this.#source.pause();
    }
    this.#isLoading = false;
    this.#source.loaded();
  }

  #keep(block: Block): void {
    this.#blocks.push(block);
    if (this.#blocks.length > BLOCKS_MAX) this.#blocks.shift();
  }

  #placeOf(number: number): Located | undefined {
    const before = this.#blocks.find(({ end }) => end === number);
    if (before !== undefined) return this.#located(before.next);
    const segments = this.#source.segments();
    const segment = segments.findLast(({ first }) => first <= number) ?? segments[0];
    if (segment === undefined) return undefined;
    return {
      segment,
      offset: findRecord(this.#source.disk, segment, number, this.#source.damaged),
    };
  }

  /** The place in the segments as they are now: its own may have gone since, or be cut. */
  #located({ segment: wanted, offset }: Place): Located | undefined {
    const segment = this.#source.segments().find(({ first }) => first >= wanted);
    if (segment === undefined) return undefined;
    return { segment, offset: segment.first === wanted ? offset : SEGMENT_HEADER_BYTES };
  }

  /** Reads on until there is a batch, or no more. */
  async #read(start: Located, from: number): Promise<Block> {
    let batches: Batch[] = [];
    let place: Located | undefined = start;
    // What comes to lie before the end while this reads is not in what was read.
    const endBefore = this.#source.end();
    while (place !== undefined && batches.length === 0) {
      const segment: SegmentFile = place.segment;
      const bytes = await this.#bytesAt(place);
      const end = this.#parse(bytes, segment, place.offset, batches);
      buffers.give(new Uint8Array(bytes.buffer));
      // A segment begun after a failed sync repeats what may have been read before.
      batches = batches.filter((batch) => batch.end > from);
      const isAtEnd: boolean = bytes.length === 0 || end >= this.#endOf(segment);
      place = isAtEnd ? this.#following(segment) : { segment, offset: end };
    }
    const end = place === undefined ? endBefore : batches.at(-1)!.end;
    const { segment, offset } = place ?? start;
    return { from, end, batches, next: { segment: segment.first, offset } };
  }

  /** A block of the segment; more where a record is longer. */
  async #bytesAt({ segment, offset }: Located): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = buffers.take(BLOCK_BYTES);
    const read = await this.#fileOf(segment).read(bytes, offset);
    const filled = Math.min(read, Math.max(0, this.#endOf(segment) - offset));
    const length = filled < RECORD_HEAD_BYTES ? 0 : recordLengthAt(bytes, 0);
    if (length <= filled || read < bytes.length) return bytes.subarray(0, filled);
    const longer = new Uint8Array(Math.min(length, this.#endOf(segment) - offset));
    return longer.subarray(0, await this.#fileOf(segment).read(longer, offset));
  }

  /** Takes the batches out of a block; says at which byte of the segment the first record begins that is not whole in it. */
  #parse(
    bytes: Uint8Array<ArrayBuffer>,
    segment: SegmentFile,
    offset: number,
    batches: Batch[],
  ): number {
    const { salt } = this.#opened(segment);
    let at = 0;
    while (at < bytes.length) {
      const record = readRecord(bytes, at, salt);
      if (record.kind === "messages") {
        const { first, count, bodies, wallMs } = record;
        // Copied: a message in flight must not keep the whole block, and the block is read into again.
        const batch = new Batch(first, count, withHeadroom(bodies, 0, bodies.length), wallMs);
        batch.place = { segment: segment.first, offset: offset + at };
        batches.push(batch);
      }
      if (record.kind === "damage" && record.length === 0) {
        const isCut = at > 0 && record.reason === "cut off";
        return isCut ? offset + at : this.#behindDamage(segment, offset + at);
      }
      at += record.length;
    }
    return offset + at;
  }

  #behindDamage(segment: SegmentFile, offset: number): number {
    for (const found of scanSegment(this.#source.disk, segment, offset)) {
      if (found.kind === "record") return found.offset;
      this.#source.damaged(found);
      return found.to;
    }
    return offset;
  }

  #following(segment: SegmentFile): Located | undefined {
    const next = this.#source.segments().find(({ first }) => first > segment.first);
    return next === undefined ? undefined : { segment: next, offset: SEGMENT_HEADER_BYTES };
  }

  #endOf(segment: SegmentFile): number {
    return Math.min(segment.end ?? Infinity, this.#fileOf(segment).size());
  }

  #fileOf(segment: SegmentFile): DiskFile {
    return this.#opened(segment).file;
  }

  #opened(segment: SegmentFile): OpenedSegment {
    if (this.#file?.segment.first === segment.first) return this.#file;
    this.#file?.file.close();
    this.#file = undefined;
    const file = this.#source.disk.open(segment.path, "read");
    if (file === undefined) throw new Error(`segment ${segment.path} is gone`);
    this.#file = { segment, file, salt: undefined };
    this.#file.salt = readSalt(file, segment);
    return this.#file;
  }
}
