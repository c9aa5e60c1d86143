/**
 * One daemon of a cluster: ours, or that of another executable, perhaps in a network namespace. It can be frozen as a
 * machine does that is suspended. It knows no messages.
 */
import { daemonCommand, DaemonProcess, programUnderTest, type Server } from "./daemon_process.ts";

/** How a daemon is started. */
export interface DaemonInputs {
  readonly program: "nsqd" | "nsqlookupd" | "nsqadmin";
  readonly flags: readonly string[];
  /** Where it listens; both are free ports of 127.0.0.1 unless somebody says otherwise. */
  readonly tcpAddress?: string;
  readonly httpAddress?: string;
  /** The name of a network namespace to run in. */
  readonly namespace?: string;
  /** Another executable than ours, which needs no word to know its program. */
  readonly executable?: string;
}

/** A running daemon. */
export class Daemon extends DaemonProcess {
  readonly inputs: DaemonInputs;
  #isFrozen = false;

  private constructor(inputs: DaemonInputs) {
    super(daemonCommand(commandOf(inputs)).spawn());
    this.inputs = inputs;
  }

  /** Starts one and waits until it listens. Throws with its log when it ends before, and when that takes half a minute. */
  static async start(inputs: DaemonInputs): Promise<Daemon> {
    const daemon = new Daemon(inputs);
    await daemon.listening(serversOf(inputs));
    return daemon;
  }

  /** Whether it can answer: it runs, and is not frozen. */
  get isAwake(): boolean {
    return this.isAlive && !this.#isFrozen;
  }

  /** Stops it where it is. */
  freeze(): void {
    this.signal("SIGSTOP");
    this.#isFrozen = true;
  }

  /** Lets it go on. */
  thaw(): void {
    this.signal("SIGCONT");
    this.#isFrozen = false;
  }
}

function serversOf({ program }: DaemonInputs): readonly Server[] {
  return program === "nsqadmin" ? ["HTTP"] : ["TCP", "HTTP"];
}

function commandOf(inputs: DaemonInputs): string[] {
  const { program, executable, namespace, flags } = inputs;
  const { tcpAddress = "127.0.0.1:0", httpAddress = "127.0.0.1:0" } = inputs;
  const { path, words } = programUnderTest();
  const ours = executable === undefined ? [path, ...words, program] : [executable];
  const addresses = { TCP: `--tcp-address=${tcpAddress}`, HTTP: `--http-address=${httpAddress}` };
  const command = [...ours, ...serversOf(inputs).map((server) => addresses[server]), ...flags];
  return namespace === undefined ? command : ["ip", "netns", "exec", namespace, ...command];
}
