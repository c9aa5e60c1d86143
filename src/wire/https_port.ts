// What a daemon says that answers 403 because it wants TLS: `{"https_port": 4152}`, the port of the same host to ask.
// Source: NSQ's HTTP clients. Pure.

/** The port such a body names; undefined when it names none that could be. */
export function httpsPortIn(body: string): number | undefined {
  let port: unknown;
  try {
    port = JSON.parse(body)?.https_port;
  } catch {
    return undefined;
  }
  if (typeof port !== "number" || !Number.isInteger(port)) return undefined;
  return port > 0 && port < 65536 ? port : undefined;
}
