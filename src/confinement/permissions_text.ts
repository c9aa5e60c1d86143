// The permissions of a process as text for people, in the form of Deno's flags.

import type { BrokerPermissions } from "./permissions.ts";

/** What `--show-permissions` prints; undefined stands for a broker that is not confined. */
export function permissionsText(permissions: BrokerPermissions | undefined): string {
  if (permissions === undefined) {
    return "The broker is not confined (--confined=false): it may do what this process may.\n";
  }
  const { net, read, write, sys } = permissions;
  return [
    "The broker's thread may do this, and nothing else:",
    ...Object.entries({ net, read, write, sys })
      .filter(([, list]) => list.length > 0)
      .map(([name, list]) => `  --allow-${name}=${list.join(",")}`),
    "The main thread, once the broker runs:",
    "  --allow-net --allow-env --allow-sys",
    "",
  ].join("\n");
}
