import type { Fault } from '../../src/base/fault-draw.ts';
import { type FaultyFiles, faultyFiles } from '../../src/base/faulty-files.ts';
import type { SeededRandom } from '../../src/base/random.ts';
import { type VirtualWorld, virtualWorld } from '../../src/base/virtual-world.ts';
import { json } from '../../src/codecs/json.ts';
import { openTopic } from '../../src/connectors/topics/open-topic.ts';
import { topic, type Topic } from '../../src/connectors/topics/topic.ts';
import type { Files } from '../../src/core/world.ts';
import type { Item } from './build-plan.ts';
import { diceOf } from './dice.ts';
import type { DrawnPlan } from './draw-plan.ts';
import { recordsOf } from './outside.ts';
import { DIR } from './outputs.ts';
import { Process } from './process.ts';
import type { Trace } from './trace.ts';

type Rates = Record<'slow' | 'ENOSPC' | 'EIO' | 'lost', number>;

/** What a sabotaged disk does in place of the real one. */
export type Wrap = (files: Files) => Files;

/** The machine that the processes of a seed live on, one after the other and beside each other. */
export class Machine {
  readonly world: VirtualWorld;
  readonly faulty: FaultyFiles;
  /** Nothing ever goes wrong on it. */
  readonly isCalm: boolean;
  readonly #disk: Files;
  readonly #trace: Trace;
  readonly #random: SeededRandom;
  readonly #living = new Set<Process>();
  readonly #rates: Rates;
  /** The disk looks here at each call. */
  readonly #now: Rates;
  #births = 0;

  constructor({ random, isCalm, wrap, traceOf }: MachineOptions) {
    this.world = virtualWorld({ seed: random.fork('world').seed, order: isCalm ? 'set' : 'drawn' });
    this.isCalm = isCalm;
    this.#trace = traceOf(() => this.world.clock.monotonic());
    this.#random = random;
    const dice = diceOf(random.fork('rates'));
    const rate = (share: number, most: number): number => (!isCalm && dice.chance(share) ? most * (1 + dice.below(9)) * 0.1 : 0);
    this.#rates = { slow: rate(0.7, 0.08), ENOSPC: rate(0.6, 0.012), EIO: rate(0.6, 0.008), lost: rate(0.7, 0.5) };
    this.#now = { ...this.#rates };
    this.faulty = faultyFiles(this.world.files, {
      random: random.fork('faults'),
      scheduler: this.world.scheduler,
      rates: this.#now,
      slowMs: 12,
      fullCalls: 5,
      on: (fault: Fault, path: string) => this.#trace.tell(`${fault} ${path}`),
    });
    this.#disk = wrap(this.faulty);
  }

  /** How many there were. */
  get faults(): number {
    return Object.values(this.faulty.counts).reduce((sum, count) => sum + count, 0);
  }

  /** From here on nothing goes wrong, or again what goes wrong with this disk. */
  calm(isCalm: boolean): void {
    Object.assign(this.#now, isCalm ? { slow: 0, ENOSPC: 0, EIO: 0, lost: 0 } : this.#rates);
  }

  get trace(): Trace {
    return this.#trace;
  }

  begin(name: string): Process {
    const random = this.#random.fork(`process ${++this.#births}`);
    const process = new Process({ name: `${name} ${this.#births}`, world: this.world, disk: this.#disk, random, trace: this.#trace });
    this.#living.add(process);
    void process.death.then(() => this.#living.delete(process));
    return process;
  }

  /** Every process dies; what they had not synced is for the disk to decide. */
  killAll(): void {
    for (const process of this.#living) process.die();
  }

  powerCut(): void {
    const { torn, isReordered, isLost } = this.faulty.powerCut();
    this.#trace.add(`power cut ${torn} ${isReordered} ${isLost}`);
  }
}

export interface MachineOptions {
  readonly random: SeededRandom;
  /** Nothing goes wrong. */
  readonly isCalm: boolean;
  readonly wrap: Wrap;
  readonly traceOf: (now: () => number) => Trace;
}

/** The topic that a source of the plan reads; who writes it divides it by lane. */
export function topicOf(name: string): Topic<Item> {
  return topic<Item>(name, json(), { partitions: 2, key: (item) => item.lane });
}

export const inputPath = (name: string): string => `/in/${name}.jsonl`;

/** Puts on a disk what is there before anybody lives. */
export async function furnish({ world }: Machine, { sources }: DrawnPlan): Promise<void> {
  const { files } = world;
  for (const folder of ['/in', '/out', '/db', DIR]) await files.makeFolder(folder);
  for (const source of sources) {
    const records = recordsOf(source).flat();
    if (source.kind === 'file') {
      const file = await files.open(inputPath(source.name), 'create');
      await file.write(new TextEncoder().encode(records.map((item) => `${JSON.stringify(item)}\n`).join('')), 0);
      await file.sync();
      await file.close();
      await files.syncFolder('/in');
    }
    if (source.kind === 'topic') {
      await using open = await openTopic(topicOf(source.name), { dir: DIR, world });
      await open.writeAll(records);
    }
  }
}
