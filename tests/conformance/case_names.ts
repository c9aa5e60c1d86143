/**
 * The two-way dictionary of one running case: what the vectors call a thing, and what it is now.
 *
 * Knows ports, message ids and paths; does not know who uses them. Names are given once and never
 * change within a case, so that an outcome reads the same however often it is normalised.
 */

const REFERENCE = /\$\{([^}]+)\}/g;
const LOOPBACK_ADDRESS = /\b127\.0\.0\.1:(\d{4,5})\b/g;
const OS_ERROR = /((?:E_[A-Z]*PUB_FAILED [A-Z]*PUB failed|NOK -) )(?!exiting).+/g;
const MESSAGE_ID = /^[0-9a-f]{16}$/;

/** Fills references in, and puts names back where a daemon printed the real thing. */
export class CaseNames {
  readonly #values = new Map<string, () => string>();
  readonly #portLabels = new Map<number, string>();
  readonly #idLabels = new Map<string, string>();
  readonly #paths = new Map<string, string>();

  /** Makes `${name}` stand for what `value` returns when it is asked. */
  set(name: string, value: () => string): void {
    this.#values.set(name, value);
  }

  /** Gives a path a name, both ways: `${name}` is the path, and the path prints as `${name}`. */
  setPath(name: string, path: string): void {
    this.set(name, () => path);
    this.#paths.set(path, `\${${name}}`);
  }

  /** Names a port, for example `nsqd.tcp_port`; then `${nsqd.tcp}` is its address. */
  setPort(label: string, port: number): void {
    this.#portLabels.set(port, label);
    this.set(label, () => `${port}`);
    if (label.endsWith("_port")) this.set(label.slice(0, -"_port".length), () => addressOf(port));
  }

  /** The label of a port, or null if the case does not know it. */
  portLabel(port: number): string | null {
    return this.#portLabels.get(port) ?? null;
  }

  /** The label of a message id: `id#1` for the first one seen. A malformed id says so itself. */
  idLabel(id: string): string {
    if (!MESSAGE_ID.test(id)) return `<bad id ${JSON.stringify(id)}>`;
    const known = this.#idLabels.get(id);
    if (known !== undefined) return known;
    const label = `id#${this.#idLabels.size + 1}`;
    this.#idLabels.set(id, label);
    this.set(label, () => id);
    return label;
  }

  /** Replaces every `${...}` by what it stands for; throws if a name is unknown. */
  fill(text: string): string {
    return text.replaceAll(REFERENCE, (_, name: string) => {
      const value = this.#values.get(name);
      if (value === undefined) throw new Error(`Nothing in this case is called \${${name}}.`);
      return value();
    });
  }

  /** Replaces ids, paths, addresses and texts of the operating system by their names. */
  label(text: string): string {
    let labelled = text.replaceAll(OS_ERROR, "$1<os error>");
    for (const [id, label] of this.#idLabels) labelled = labelled.replaceAll(id, `\${${label}}`);
    for (const [path, name] of this.#paths) labelled = labelled.replaceAll(path, () => name);
    return labelled.replaceAll(LOOPBACK_ADDRESS, (address, port: string) => {
      const label = this.portLabel(Number(port));
      if (label === null) return "<addr>";
      return label.endsWith("_port") ? `\${${label.slice(0, -"_port".length)}}` : address;
    });
  }
}

/** The loopback address with that port, as host:port. */
export function addressOf(port: number): string {
  return `127.0.0.1:${port}`;
}
