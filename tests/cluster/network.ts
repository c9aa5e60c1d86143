/**
 * A small network inside this machine: a bridge in a namespace of its own, and for each host a namespace with a link to it.
 * Links can be cut, so that packets vanish as they do with a pulled cable, and healed. It needs `ip` and the right to
 * make namespaces. Invariant: namespaces and links are gone when its scope ends.
 */

/** A host of the network. */
export interface Host {
  readonly namespace: string;
  readonly hostname: string;
}

async function ip(...words: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("ip", { args: words }).output();
  if (success) return;
  throw new Error(`ip ${words.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
}

/** Why no network can be made here; undefined when one can. */
export async function networkObstacle(): Promise<string | undefined> {
  try {
    await using _network = await Network.make(1);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The network, as seen from this process, which is a host beside the others. */
export class Network implements AsyncDisposable {
  readonly hosts: readonly Host[];
  readonly #name: string;
  readonly #subnet: string;

  private constructor(hostCount: number) {
    // At most fifteen characters may name a link.
    this.#name = `nq${Deno.pid}${Math.floor(Math.random() * 100)}`;
    this.#subnet = `10.201.${Math.floor(Math.random() * 256)}`;
    this.hosts = Array.from({ length: hostCount }, (_, index) => ({
      namespace: `${this.#name}h${index}`,
      hostname: `${this.#subnet}.${index + 1}`,
    }));
  }

  /** Makes one with so many hosts, 200 at most. Rejects with what `ip` says. */
  static async make(hostCount: number): Promise<Network> {
    const network = new Network(hostCount);
    try {
      await network.#build();
      return network;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #build(): Promise<void> {
    const hub = this.#name;
    await ip("netns", "add", hub);
    await ip("-n", hub, "link", "add", "bridge", "type", "bridge");
    await ip("-n", hub, "link", "set", "bridge", "up");
    await ip("link", "add", this.#name, "type", "veth", "peer", "name", "here", "netns", hub);
    await ip("addr", "add", `${this.#subnet}.254/24`, "dev", this.#name);
    await ip("link", "set", this.#name, "up");
    await this.#plug("here");
    for (const [index, { namespace, hostname }] of this.hosts.entries()) {
      await ip("netns", "add", namespace);
      const far = ["peer", "name", "eth0", "netns", namespace];
      await ip("-n", hub, "link", "add", `h${index}`, "type", "veth", ...far);
      await ip("-n", namespace, "addr", "add", `${hostname}/24`, "dev", "eth0");
      await ip("-n", namespace, "link", "set", "eth0", "up");
      await ip("-n", namespace, "link", "set", "lo", "up");
      await this.#plug(`h${index}`);
    }
  }

  async #plug(link: string): Promise<void> {
    await ip("-n", this.#name, "link", "set", link, "master", "bridge");
    await ip("-n", this.#name, "link", "set", link, "up");
  }

  /** Cuts the link of a host. */
  async cut(index: number): Promise<void> {
    await ip("-n", this.#name, "link", "set", `h${index}`, "down");
  }

  /** Heals it. */
  async heal(index: number): Promise<void> {
    await ip("-n", this.#name, "link", "set", `h${index}`, "up");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What was not made cannot be removed.
    const removals = [["link", "del", this.#name], ["netns", "del", this.#name]];
    for (const { namespace } of this.hosts) removals.push(["netns", "del", namespace]);
    for (const words of removals) await ip(...words).catch(() => {});
  }
}
