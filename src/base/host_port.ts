// Addresses as Go programs write them: host:port, [v6]:port, :port.

/** A host and a port. */
export interface HostPort {
  /** Empty means every interface. */
  readonly hostname: string;
  /** 0 means any free one. */
  readonly port: number;
}

const HOST_PORT = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/;
const PORT_MAX = 65535;

/** Reads an address; undefined for anything else. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = HOST_PORT.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > PORT_MAX) return undefined;
  return { hostname: match[1] ?? match[2] ?? "", port };
}

/** An address as text; IPv6 in brackets. */
export function formatHostPort({ hostname, port }: HostPort): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
