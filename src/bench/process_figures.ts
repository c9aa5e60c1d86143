/**
 * What the kernel says of another process on this machine: processor time and memory, from /proc. On
 * systems without /proc, and for processes elsewhere, the answer is null.
 */

/** Linux counts processor time in hundredths of a second on every common platform. */
const TICK_MS = 10;

/** User and system time of process `pid` so far, in milliseconds; null where it cannot be known. */
export function processCpuMs(pid: number | null): number | null {
  const text = procText(pid, "stat");
  if (text === null) return null;
  // The second field is the program's name in brackets and may hold spaces.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Resident memory of process `pid` in bytes; null where it cannot be known. */
export function processMemoryBytes(pid: number | null): number | null {
  const text = procText(pid, "status");
  const kilobytes = text === null ? undefined : /^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

function procText(pid: number | null, file: "stat" | "status"): string | null {
  if (pid === null) return null;
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${file}`);
  } catch {
    return null;
  }
}
