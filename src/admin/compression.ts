// Replies compressed for those who can read it, as upstream does: with the first of the client's list that is known.
// "deflate" is the bare format without zlib's head, as upstream sends it.

const FORMATS: Readonly<Record<string, CompressionFormat>> = {
  gzip: "gzip",
  deflate: "deflate-raw",
};

/** The reply, compressed if `accepted`, the request's `Accept-Encoding`, allows. Events go as they come. */
export function compressed(response: Response, accepted: string | null): Response {
  const { body, headers } = response;
  const encoding = accepted?.split(",").map((word) => word.trim())
    .find((word) => Object.hasOwn(FORMATS, word));
  const format = encoding === undefined ? undefined : FORMATS[encoding];
  if (format === undefined || encoding === undefined || body === null) return response;
  if (headers.has("content-encoding")) return response;
  if (headers.get("content-type")?.startsWith("text/event-stream")) return response;
  const changed = new Headers(headers);
  changed.set("Content-Encoding", encoding);
  changed.append("Vary", "Accept-Encoding");
  changed.delete("Content-Length");
  const stream = body.pipeThrough(new CompressionStream(format));
  return new Response(stream, { status: response.status, headers: changed });
}
