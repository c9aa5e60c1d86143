// Server frames as bytes, for the tests of this folder.

const encoder = new TextEncoder();

/** No TLS, no compression. */
export const PLAIN = { tls: false, snappy: false, deflate: false };

/** A frame of `type` holding `data`. */
export function frame(type: number, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 + data.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 4 + data.length);
  view.setInt32(4, type);
  bytes.set(data, 8);
  return bytes;
}

/** A response or error frame. */
export function textFrame(type: number, text: string): Uint8Array<ArrayBuffer> {
  return frame(type, encoder.encode(text));
}

/** A message frame; `id` has 16 characters. */
export function messageFrame(id: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(26 + body.length);
  data[9] = 1;
  data.set(encoder.encode(id), 10);
  data.set(body, 26);
  return frame(2, data);
}
