/**
 * The targets of a release: those that `deno compile --target` of this Deno knows, asked of itself, so that a list of
 * ours cannot be behind it. Builds nothing.
 */

/** The targets in what `deno compile` says of a wrong one. Throws when it says them in another way. */
export function targetsIn(errors: string): string[] {
  const list = /possible values: ([\w, -]+)/.exec(errors)?.[1];
  const targets = list?.split(",").map((target) => target.trim()).filter((each) => each !== "");
  if (targets === undefined || targets.length === 0) {
    throw new Error(`deno compile does not say which targets it knows:\n${errors}`);
  }
  return targets;
}

/** Asks this Deno. */
export async function knownTargets(): Promise<string[]> {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["compile", "--target=none", "none.ts"],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  return targetsIn(new TextDecoder().decode(stderr));
}

/** The name of the executable for a target, the same for every build of a version. */
export function fileNameFor(version: string, target: string): string {
  return `nsqd-${version}-${target}${target.includes("windows") ? ".exe" : ""}`;
}
