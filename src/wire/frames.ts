// Frames from server to client:
//
//   offset 0  int32  size = 4 + length of data
//   offset 4  int32  type: 0 response, 1 error, 2 message
//   offset 8  data
//
// All integers are big-endian. Frames that never change are built once, at load.

import { bytesOf } from "../base/byte_string.ts";

/** Frame types as they stand on the wire. */
export const frameTypes = { response: 0, error: 1, message: 2 } as const;

/** Bytes before the data of a frame. */
export const FRAME_HEADER_BYTES = 8;

/** A whole frame of the given type around `data`, a byte string, in fresh storage. */
export function frame(type: keyof typeof frameTypes, data: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + data.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 4 + data.length);
  view.setInt32(4, frameTypes[type]);
  bytes.set(bytesOf(data), FRAME_HEADER_BYTES);
  return bytes;
}

/** The reply to a command that succeeded. */
export const OK_FRAME: Uint8Array<ArrayBuffer> = frame("response", "OK");

/** Sent every heartbeat interval; any command answers it, NOP by custom. */
export const HEARTBEAT_FRAME: Uint8Array<ArrayBuffer> = frame("response", "_heartbeat_");

/** The reply to CLS. */
export const CLOSE_WAIT_FRAME: Uint8Array<ArrayBuffer> = frame("response", "CLOSE_WAIT");
