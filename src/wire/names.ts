// Names of topics and channels: 1 to 64 bytes of [.a-zA-Z0-9_-], optionally ending in "#ephemeral" (which counts).
// The rule is upstream's; both kinds of name follow it.

const NAME_BYTES_MAX = 64;
const NAME = /^[.a-zA-Z0-9_-]+(#ephemeral)?$/;
const EPHEMERAL_SUFFIX = "#ephemeral";

/** Whether a topic or channel may be called this. */
export function isValidName(name: string): boolean {
  return name.length > 0 && name.length <= NAME_BYTES_MAX && NAME.test(name);
}

/** Whether a topic or channel of this name lives in memory only and goes when nobody uses it. */
export function isEphemeralName(name: string): boolean {
  return name.endsWith(EPHEMERAL_SUFFIX);
}
