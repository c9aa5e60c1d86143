/**
 * The lines of another program's output. The npm package of @std/streams has no types; they are given
 * here, once for both places that read lines.
 */
import { TextLineStream } from "@std/streams";

/** `bytes` as UTF-8 text, line by line, without line ends. */
export function textLines(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<string> {
  const lines: TransformStream<string, string> = new TextLineStream();
  return bytes.pipeThrough(new TextDecoderStream()).pipeThrough(lines);
}
