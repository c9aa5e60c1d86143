// The positions of one of upstream's disk queues, as its meta file has them: three lines of text.
//
//   <depth> LF <read file>,<read position> LF <write file>,<write position> LF
//
// Pure. What cannot be true is treated as if it were not there: then everything is unread, and nothing is lost.

/** Where a queue is read and written. Positions are bytes within the numbered file. */
export interface DiskQueueMeta {
  /** How many messages are unread; wrong after an unclean stop. */
  readonly depth: number;
  readonly readFile: number;
  readonly readPosition: number;
  readonly writeFile: number;
  readonly writePosition: number;
}

/** More than any meta file has: five numbers of at most 20 digits. */
export const META_BYTES_MAX = 128;

const META = /^(-?\d+)\n(\d+),(\d+)\n(\d+),(\d+)\n?$/;

/** Reads a meta file's content; undefined when it is damaged or contradicts itself. */
export function parseMeta(content: Uint8Array): DiskQueueMeta | undefined {
  const match = META.exec(new TextDecoder().decode(content));
  if (match === null) return undefined;
  const numbers = match.slice(1).map(Number);
  if (!numbers.every(Number.isSafeInteger)) return undefined;
  const [depth = 0, readFile = 0, readPosition = 0, writeFile = 0, writePosition = 0] = numbers;
  const isPastEnd = readFile > writeFile ||
    (readFile === writeFile && readPosition > writePosition);
  return isPastEnd ? undefined : { depth, readFile, readPosition, writeFile, writePosition };
}

/** The content of a meta file. */
export function encodeMeta(meta: DiskQueueMeta): Uint8Array<ArrayBuffer> {
  const { depth, readFile, readPosition, writeFile, writePosition } = meta;
  return new TextEncoder().encode(
    `${depth}\n${readFile},${readPosition}\n${writeFile},${writePosition}\n`,
  );
}
