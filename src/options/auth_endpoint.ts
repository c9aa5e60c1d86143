// What a value of --auth-http-address means.

/** The URL to ask: the value itself when it is one, else upstream's path at that host and port. */
export function authEndpoint(address: string): string {
  return address.includes("://") ? address : `http://${address}/auth`;
}
