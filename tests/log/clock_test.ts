// Clocks that are set: back by an hour, forward by a day, between two runs that were stopped or killed and in the middle of
// one. No number comes twice, nothing is skipped, and a delay is as long as the wall clock says, or the monotonic one
// while the process lives.

import { assert, assertEquals } from "@std/assert";
import { MemoryDisk } from "./memory_disk.ts";
import { type Came, type MachineClock, StoredLife } from "./stored_life.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SETTINGS = { maxBytesPerFile: 400 };
/** What is written down is whole to a microsecond or so. */
const EARLY_MS = 0.01;

const changes: Record<string, readonly number[]> = {
  "back by an hour": [-HOUR_MS],
  "forward by a day": [DAY_MS],
  "forward by a day, then back by two": [DAY_MS, -2 * DAY_MS],
  "back by an hour, then forward by a day": [-HOUR_MS, DAY_MS],
  "to long before it was written": [-50 * 365 * DAY_MS],
};

const endings: Record<string, (life: StoredLife) => Promise<void>> = {
  stopped: (life) => life.stop(),
  killed: () => Promise.resolve(),
};

/** One machine, whose brokers come and go. */
class Machine {
  readonly disk = new MemoryDisk();
  readonly clock: MachineClock = { nowMs: 5000, wallMs: 1.7e12 };
  life = this.#start();

  #start(): StoredLife {
    return new StoredLife(this.disk, this.clock, SETTINGS);
  }

  async restart(end: (life: StoredLife) => Promise<void>, setByMs: number): Promise<void> {
    await end(this.life);
    this.clock.wallMs += 100 + setByMs;
    this.clock.nowMs = 50;
    this.life = this.#start();
  }
}

function everyChange(name: string, story: (test: Story) => Promise<void>): void {
  Deno.test(name, async (test) => {
    for (const [ending, end] of Object.entries(endings)) {
      for (const [change, setsMs] of Object.entries(changes)) {
        await test.step(`${change}, ${ending}`, () =>
          story({ machine: new Machine(), end, setsMs }));
      }
    }
  });
}

interface Story {
  readonly machine: Machine;
  readonly end: (life: StoredLife) => Promise<void>;
  readonly setsMs: readonly number[];
}

everyChange("A clock that is set makes no number come twice and skips nothing", async (story) => {
  const { machine, end, setsMs } = story;
  const sent: string[] = [];
  const publish = (...bodies: string[]) => {
    sent.push(...bodies);
    machine.life.publish("t", bodies);
  };
  machine.life.channel("t", "c");
  machine.life.channel("t", "early");
  const numbers = new Map<number, string>();
  const finished: string[] = [];
  const look = async (readyCount: number) => {
    const subscription = machine.life.subscribe("t", "early", readyCount);
    await machine.life.rest([subscription]);
    noteNumbers(numbers, subscription.came);
    finished.push(...subscription.bodies.slice(0, 2));
    subscription.finish(subscription.bodies.slice(0, 2));
  };
  publish("a0", "a1", "a2");
  publish("a3");
  await look(3);
  for (const [round, setByMs] of setsMs.entries()) {
    await machine.restart(end, setByMs);
    publish(`b${round}`, `c${round}`, `d${round}`);
    publish(`e${round}`);
    await look(4);
  }
  const rest = [
    machine.life.subscribe("t", "early", 100),
    machine.life.subscribe("t", "c", 100),
  ] as const;
  await machine.restart(end, 0);
  const subscriptions = rest.map(({ channel }) => machine.life.subscribe("t", channel.name, 100));
  await machine.life.rest(subscriptions);
  const [early, all] = subscriptions;
  assertEquals(all!.bodies.toSorted(), sent.toSorted());
  assertEquals(new Set(all!.came.map(({ number }) => number)).size, sent.length);
  noteNumbers(numbers, all!.came);
  const left = new Set(sent).difference(new Set(finished));
  // What was finished last may come again after a kill, nothing else.
  assert(new Set(early!.bodies).isSupersetOf(left), `${early!.bodies} for ${[...left]}`);
  assertEquals(new Set(early!.bodies).size, early!.bodies.length);
  assertEquals(machine.life.failures, []);
});

/** A number stands for one message, whenever it comes. */
function noteNumbers(numbers: Map<number, string>, came: readonly Came[]): void {
  for (const { number, body } of came) {
    assertEquals(numbers.get(number) ?? body, body, `number ${number} came twice`);
    numbers.set(number, body);
  }
}

everyChange(
  "A clock that is set between runs makes a delay as long as it says",
  async (story) => {
    const { machine, end, setsMs } = story;
    const { clock } = machine;
    machine.life.channel("t", "c");
    const dueMs = new Map<string, number>();
    const delays = { soon: 10_000, hours: 2 * HOUR_MS, days: 3 * DAY_MS };
    for (const [body, delayMs] of Object.entries(delays)) {
      machine.life.publish("t", [body], delayMs);
      dueMs.set(body, clock.wallMs + delayMs);
    }
    machine.life.publish("t", ["returned"]);
    const first = machine.life.subscribe("t", "c", 10);
    await machine.life.rest([first]);
    first.requeue(["returned"], HOUR_MS);
    dueMs.set("returned", clock.wallMs + HOUR_MS);
    assertEquals(first.bodies, ["returned"]);
    let latestMs = clock.wallMs;
    for (const setByMs of setsMs) {
      await machine.restart(end, setByMs);
      latestMs = Math.max(latestMs, clock.wallMs);
    }
    const last = machine.life.subscribe("t", "c", 10);
    const startMs = clock.wallMs;
    await machine.life.rest([last]);
    last.finish();
    for (const [, due] of [...dueMs].sort(([, one], [, other]) => one - other)) {
      const waitMs = Math.max(0, due - clock.wallMs);
      for (const stepMs of [waitMs / 2, waitMs / 2 + 1]) {
        machine.life.advance(stepMs);
        await machine.life.rest([last]);
        last.finish();
      }
    }
    assertEquals(last.bodies.toSorted(), [...dueMs.keys()].toSorted());
    for (const { body, wallMs } of last.came) {
      const due = dueMs.get(body)!;
      // Once a clock has said that its time has come, it may come whatever the clock says later.
      const fromMs = due <= latestMs ? startMs : due;
      assert(wallMs >= fromMs - EARLY_MS, `${body} came ${fromMs - wallMs} ms early`);
      const toMs = Math.max(startMs, due) + 2;
      assert(wallMs <= toMs, `${body} came ${wallMs - toMs} ms late`);
    }
  },
);

for (const [change, [setByMs]] of Object.entries(changes)) {
  Deno.test(`A clock that is set ${change} while a broker runs changes no delay`, async () => {
    const machine = new Machine();
    const { life } = machine;
    const subscription = life.subscribe("t", "c", 10);
    life.publish("t", ["soon"], 10_000);
    life.publish("t", ["returned"]);
    await life.rest([subscription]);
    subscription.requeue(["returned"], 20_000);
    life.advance(5000, setByMs);
    life.publish("t", ["now"]);
    await life.rest([subscription]);
    assertEquals(subscription.bodies, ["returned", "now"]);
    for (const body of ["soon", "returned"]) {
      life.advance(4990);
      await life.rest([subscription]);
      assert(subscription.bodies.at(-1) !== body, `${body} came early`);
      life.advance(11);
      await life.rest([subscription]);
      assertEquals(subscription.bodies.at(-1), body);
      life.advance(4999);
    }
    const numbers = subscription.came.map(({ number }) => number);
    assertEquals(new Set(numbers).size, 3);
    assert(numbers[1]! > numbers[0]!, "numbers go on");
  });
}

Deno.test("A topic that is deleted and made again under a clock set back repeats no number", async () => {
  const { life, clock } = new Machine();
  const before = life.subscribe("t", "c", 10);
  life.publish("t", ["old"]);
  await life.rest([before]);
  life.topics.delete(life.topic("t"));
  clock.wallMs -= HOUR_MS;
  const after = life.subscribe("t", "c", 10);
  life.publish("t", ["new"]);
  await life.rest([after]);
  assertEquals(after.bodies, ["new"]);
  assert(after.came[0]!.number > before.came[0]!.number);
});
