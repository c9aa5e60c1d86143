// Where the last whole line of a file ends. Reads from the end, a block at a time. Knows nothing of what lines mean.

const LF = 0x0a;
const BLOCK_BYTES = 64 * 1024;

/** A file to read from anywhere. */
export interface ByteSource {
  /** `size` bytes from `at`; fewer at the end of the file. */
  read(at: number, size: number): Promise<Uint8Array>;
}

/** How many bytes at the start of a file are whole lines. */
export async function wholeLinesBytes(file: ByteSource, fileBytes: number): Promise<number> {
  for (let end = fileBytes; end > 0; end = Math.max(0, end - BLOCK_BYTES)) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const at = (await file.read(start, end - start)).lastIndexOf(LF);
    if (at >= 0) return start + at + 1;
  }
  return 0;
}
