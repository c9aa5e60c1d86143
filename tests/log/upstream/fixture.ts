/**
 * The data paths that another nsqd wrote, from fixtures/: their files by name, and what they should give.
 * It knows the packing (tar, gzip) and nothing of what the files hold.
 */

/** What was delivered to one channel when the other nsqd was started on a copy. Bodies are latin-1. */
export interface Delivered {
  readonly count: number;
  readonly attempts_over_1: readonly (readonly [number, string])[];
  readonly sorted_bodies: readonly string[];
}

/** What fixtures/expected.json says of one data path. Keys are `<topic>/<channel>`, "fresh" for one made afterwards. */
export interface Expected {
  readonly finished: readonly string[];
  readonly redelivered_by_upstream: Readonly<Record<string, Delivered>>;
}

/** The two data paths. */
export type FixtureName = "clean" | "killed";

const folder = new URL("fixtures/", import.meta.url);
const BLOCK_BYTES = 512;

/** The files of a data path. */
export async function readFixture(name: FixtureName): Promise<Map<string, Uint8Array>> {
  const packed = await Deno.readFile(new URL("upstream-data-paths.tar.gz", folder));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const archive = new Uint8Array(await new Response(stream).arrayBuffer());
  const files = new Map<string, Uint8Array>();
  for (const [path, content] of unpack(archive)) {
    const parts = path.replace(/^\.\//, "").split("/");
    if (parts[0] === name && parts[1]) files.set(parts[1], content);
  }
  return files;
}

/** What it should give. */
export function readExpected(name: FixtureName): Expected {
  const text = Deno.readTextFileSync(new URL("expected.json", folder));
  const expected: Record<FixtureName, Expected> = JSON.parse(text);
  return expected[name];
}

function* unpack(archive: Uint8Array): Generator<[path: string, content: Uint8Array]> {
  for (let at = 0; archive[at];) {
    const path = textAt(archive, at, 100);
    const bytes = parseInt(textAt(archive, at + 124, 12), 8);
    const start = at + BLOCK_BYTES;
    yield [path, archive.slice(start, start + bytes)];
    at = start + Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
  }
}

function textAt(archive: Uint8Array, at: number, length: number): string {
  const field = new TextDecoder("latin1").decode(archive.subarray(at, at + length));
  return field.split("\0", 1)[0]!;
}
