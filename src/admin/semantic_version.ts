// Versions in the form of semver.org, as far as "which is lower" goes: that decides which node is out of date.

const VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;
const LOWEST: readonly number[] = [0, 0, 0];

interface SemanticVersion {
  readonly numbers: readonly number[];
  readonly stage: readonly string[];
}

/** Whether one version is lower than the other; what is no version counts as 0.0.0. */
export function isLowerVersion(one: string, other: string): boolean {
  return compare(parse(one), parse(other)) < 0;
}

/** The highest of versions; 0.0.0 when there is none. */
export function highestVersion(versions: readonly string[]): string {
  return versions.reduce((high, one) => isLowerVersion(high, one) ? one : high, "0.0.0");
}

function parse(text: string): SemanticVersion {
  const match = VERSION.exec(text);
  if (match === null) return { numbers: LOWEST, stage: [] };
  return { numbers: match.slice(1, 4).map(Number), stage: match[4]?.split(".") ?? [] };
}

function compare(one: SemanticVersion, other: SemanticVersion): number {
  for (const [index, number] of one.numbers.entries()) {
    const difference = number - other.numbers[index]!;
    if (difference !== 0) return difference;
  }
  // A stage such as -alpha comes before the version itself.
  if (one.stage.length === 0 || other.stage.length === 0) {
    return other.stage.length - one.stage.length;
  }
  return compareStages(one.stage, other.stage);
}

function compareStages(one: readonly string[], other: readonly string[]): number {
  for (const [index, part] of one.entries()) {
    const counterpart = other[index];
    if (counterpart === undefined) return 1;
    if (part === counterpart) continue;
    const isNumber = /^\d+$/.test(part);
    const isOtherNumber = /^\d+$/.test(counterpart);
    if (isNumber && isOtherNumber) return Number(part) - Number(counterpart);
    if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
    return part < counterpart ? -1 : 1;
  }
  return one.length - other.length;
}
