// What nsqadmin's options must fulfil together, beyond what each row says, in upstream's order with upstream's
// sentences. Files are read later, where they are used.

import { parseHostPort } from "../base/host_port.ts";
import type { AdminOptions } from "./nsqadmin_options.ts";
import { OptionError } from "./option_error.ts";

/** Checks the options. Throws OptionError, exit code 1, at the first that cannot be used. */
export function checkAdminOptions(options: AdminOptions): void {
  const { nsqdHttpAddress, lookupdHttpAddress } = options;
  if (nsqdHttpAddress.length === 0 && lookupdHttpAddress.length === 0) {
    refuse("--nsqd-http-address or --lookupd-http-address required");
  }
  if (nsqdHttpAddress.length > 0 && lookupdHttpAddress.length > 0) {
    refuse("use --nsqd-http-address or --lookupd-http-address not both");
  }
  if (options.httpClientTlsCert !== "" && options.httpClientTlsKey === "") {
    refuse("--http-client-tls-key must be specified with --http-client-tls-cert");
  }
  if (options.httpClientTlsKey !== "" && options.httpClientTlsCert === "") {
    refuse("--http-client-tls-cert must be specified with --http-client-tls-key");
  }
  checkAddresses("lookupd-http-address", lookupdHttpAddress);
  checkAddresses("nsqd-http-address", nsqdHttpAddress);
  checkUrl("graphite-url", options.graphiteUrl, options.proxyGraphite);
  checkUrl("notification-http-endpoint", options.notificationHttpEndpoint, false);
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(options.aclHttpHeader)) {
    refuse(`--acl-http-header (${options.aclHttpHeader}) is no name of a header`);
  }
}

/** Upstream resolves names here; ours are resolved whenever they are used, since a name may come to life later. */
function checkAddresses(flag: string, addresses: readonly string[]): void {
  for (const address of addresses) {
    const place = parseHostPort(address);
    if (place !== undefined && place.hostname !== "") continue;
    refuse(`failed to resolve --${flag} (${address}) - ${addressFault(address)}`);
  }
}

function addressFault(address: string): string {
  if (/^https?:/.test(address)) return "write host:port, without a scheme";
  if (!/:[^:\]]*$/.test(address)) return `address ${address}: missing port in address`;
  if (/^[^[]*:[^[]*:/.test(address)) return `address ${address}: too many colons in address`;
  return `address ${address}: write host:port`;
}

function checkUrl(flag: string, url: string, isNeeded: boolean): void {
  if (url === "" && !isNeeded) return;
  const protocol = URL.parse(url)?.protocol;
  if (protocol === "http:" || protocol === "https:") return;
  refuse(`failed to parse --${flag} (${url}) - write a URL as http://host:port/path`);
}

function refuse(text: string): never {
  throw new OptionError(`failed to instantiate nsqadmin - ${text}`, 1);
}
