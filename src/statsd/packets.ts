// Lines in packets for UDP: as many whole lines as fit. A longer line goes alone.

/** Packs lines, each of which ends in a line feed; the text is ASCII. */
export function packed(lines: readonly string[], bytesMax: number): Uint8Array[] {
  const encoder = new TextEncoder();
  const packets: Uint8Array[] = [];
  let text = "";
  for (const line of lines) {
    if (text !== "" && text.length + line.length > bytesMax) {
      packets.push(encoder.encode(text));
      text = "";
    }
    text += line;
  }
  if (text !== "") packets.push(encoder.encode(text));
  return packets;
}
