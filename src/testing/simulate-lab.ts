import type { Dying } from '../base/dying-files.ts';
import { SeededRandom } from '../base/random.ts';
import { type VirtualWorld, virtualWorld } from '../base/virtual-world.ts';
import type { DeadLetter } from '../core/letter.ts';
import { type Duration, milliseconds } from '../core/units.ts';
import { noMoment, simulationOver, withSeed } from './simulate-errors.ts';
import { Life, type LifeOptions, type Part, type Surroundings } from './simulate-life.ts';
import { Sent, Shown } from './simulate-outside.ts';

/** Where in its work a process dies. */
export type CrashMoment = 'now' | 'duringCheckpoint' | 'afterPrepare' | 'beforeCommit';

const MOMENTS: readonly CrashMoment[] = ['now', 'duringCheckpoint', 'afterPrepare', 'beforeCommit'];
const DYING: readonly Dying[] = ['before', 'half', 'after'];
/** A checkpoint changes the disk about this often, from the first call for its file to the removal of an old one. */
const CHANGES_OF_A_CHECKPOINT = 10;
/** How far a process comes at most that dies amid what the last one left. */
const MOST_RECORDS = 8;

export interface LabSettings extends LifeOptions {
  readonly seed: string;
  readonly start: number;
  /** What is due at one instant runs in any order: a real clock promises none. */
  readonly isShuffled: boolean;
  /** Crashes are left out: what a run is compared with. */
  readonly isUndisturbed: boolean;
}

/** A part at work in a world of its own. Calls happen one after the other, in the order in which they were made. */
export interface Lab<I, O> extends AsyncDisposable {
  /** What all that is drawn comes from; errors of the lab carry it too. */
  readonly seed: string;
  /** The virtual time, in milliseconds since 1970. */
  now(): number;
  /** Sends values in. Resolves when all that follows from them without time passing has happened. */
  send(...values: readonly I[]): Promise<void>;
  /** The same with an event time, as sources give it that know one. */
  sendAt(time: number | Date, ...values: readonly I[]): Promise<void>;
  /** Says that nothing will ever follow, and lets time pass until everything has come out. */
  end(): Promise<void>;
  /** Lets virtual time pass, timer by timer; `advance('0s')` only lets happen what is due. */
  advance(span: Duration): Promise<void>;
  /**
   * The process dies, the disk keeps what was synced, and a new process goes on from the last checkpoint. When it dies
   * is drawn from the seed: while it waits for more, in the middle of a checkpoint, between two steps of its
   * commit; the new one may die too, amid the records that the first one left. With
   * `at`, time passes if that moment needs some.
   */
  crash(how?: { readonly at?: CrashMoment }): Promise<void>;
  /** Stops gracefully and starts again, as a deployment does. */
  restart(): Promise<void>;
  /** Takes a checkpoint now. Where a step holds records back, time passes until the barrier is through. */
  checkpoint(): Promise<void>;
  /**
   * What came out since the last `take`, each record once, whatever crashed in between. What was seen cannot be undone:
   * where it is not committed yet, the next call takes a checkpoint before it does anything else.
   */
  take(): O[];
  /** The same for records that were refused with `onError: 'deadLetter'`. */
  deadLetters(): DeadLetter[];
}

export async function openLab<I, O>(part: Part<I, O>, settings: LabSettings): Promise<SimulatedLab<I, O>> {
  const lab = new SimulatedLab(part, settings);
  await lab.open();
  return lab;
}

export class SimulatedLab<I, O> implements Lab<I, O> {
  readonly seed: string;
  /** What happened to it so far, for whoever reads about a failure. */
  readonly story: string[] = [];
  readonly #settings: LabSettings;
  readonly #world: VirtualWorld;
  readonly #random: SeededRandom;
  readonly #around: Surroundings<I, O>;
  readonly #sent: Sent<I> = new Sent();
  readonly #outputs: Shown<O> = new Shown();
  readonly #letters: Shown<DeadLetter> = new Shown();
  #life: Life<I, O>;
  #lives = 0;
  #isClosed = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(part: Part<I, O>, settings: LabSettings) {
    const { seed, start, isShuffled } = settings;
    this.seed = seed;
    this.#settings = settings;
    this.#world = virtualWorld({ seed, start, order: isShuffled ? 'drawn' : 'set' });
    this.#random = new SeededRandom(seed).fork('crashes');
    this.#around = {
      world: this.#world,
      part,
      options: settings,
      sent: this.#sent,
      outputs: this.#outputs,
      letters: this.#letters,
    };
    this.#life = this.#newLife();
  }

  open(): Promise<void> {
    return this.#next(() => this.#begin());
  }

  now(): number {
    return this.#world.clock.now();
  }

  send(...values: readonly I[]): Promise<void> {
    return this.#add(values, Number.NaN);
  }

  sendAt(time: number | Date, ...values: readonly I[]): Promise<void> {
    return this.#add(values, Number(time));
  }

  end(): Promise<void> {
    return this.#next(async () => {
      this.#sent.end();
      await this.#world.until(this.#life.run.done);
    });
  }

  advance(span: Duration): Promise<void> {
    return this.#next(async () => await this.#world.advance(milliseconds(span, 'advance')));
  }

  crash({ at }: { readonly at?: CrashMoment } = {}): Promise<void> {
    return this.#next(async () => {
      if (at !== undefined && !MOMENTS.includes(at)) throw noMoment(at);
      if (this.#settings.isUndisturbed && this.#life.failure === undefined) return;
      // A run that failed has nothing under way; its process is gone all the same.
      if (this.#life.failure === undefined) await this.#reach(at);
      else this.story.push('a new process after the failure');
      this.#powerCut();
      if (at === undefined && this.#below(2) === 0) await this.#dieAmidRecords();
      await this.#begin();
    }, 'also after a failure');
  }

  restart(): Promise<void> {
    return this.#next(async () => {
      this.story.push('a restart');
      if (this.#life.failure === undefined) await this.#world.until(this.#life.run.stop());
      await this.#world.settle();
      this.#life.die();
      await this.#begin();
    }, 'also after a failure');
  }

  checkpoint(): Promise<void> {
    return this.#next(() => this.#checkpoint());
  }

  take(): O[] {
    return this.#outputs.take();
  }

  deadLetters(): DeadLetter[] {
    return this.#letters.take();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    try {
      // What was taken last must hold too; a failure that was told before is not told again.
      if (this.#life.failure === undefined) await this.#next(async () => {});
    } finally {
      this.#isClosed = true;
      this.#life.die();
    }
  }

  #add(values: readonly I[], time: number): Promise<void> {
    return this.#next(async () => {
      if (this.#sent.isOver) throw simulationOver('nothing can be sent behind the end', 'Send before lab.end(), or leave it out.');
      this.#sent.add(values, time);
    });
  }

  /** Does what was asked for when it is its turn, lets everything follow from it, and says what the run failed of. */
  #next(act: () => Promise<unknown>, when: 'while it runs' | 'also after a failure' = 'while it runs'): Promise<void> {
    const turn = this.#turn.then(async () => {
      try {
        if (this.#isClosed) throw simulationOver('the lab is closed', 'Use it inside the block that `await using` is in.');
        if (when === 'while it runs') this.#checkAlive();
        await this.#seal();
        await act();
        await this.#world.settle();
      } catch (error) {
        // What the run failed of says more than the checkpoint that it took down.
        await this.#world.settle();
        throw withSeed(this.#life.failure?.error ?? error, this.seed);
      }
      this.#checkAlive();
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  #checkAlive(): void {
    if (this.#life.failure !== undefined) throw withSeed(this.#life.failure.error, this.seed);
  }

  async #seal(): Promise<void> {
    if (this.#life.failure !== undefined) return;
    if (this.#outputs.isTakenTooEarly || this.#letters.isTakenTooEarly) await this.#checkpoint();
  }

  async #checkpoint(): Promise<void> {
    await this.#world.until(this.#life.run.checkpoint());
  }

  #newLife(): Life<I, O> {
    return new Life(this.#around, this.#world.random.fork(`life ${++this.#lives}`));
  }

  async #begin(records = Number.POSITIVE_INFINITY): Promise<void> {
    this.#life = this.#newLife();
    this.#life.readAtMost(records);
    await this.#life.begin();
    await this.#world.settle();
  }

  #powerCut(): void {
    this.#life.die();
    this.#world.files.powerCut();
  }

  /** A process that dies again before it has worked off what the last one left. */
  async #dieAmidRecords(): Promise<void> {
    const records = 1 + this.#below(MOST_RECORDS);
    await this.#begin(records);
    if (this.#life.failure !== undefined) throw this.#life.failure.error;
    this.story.push(`at most ${records} records`);
    await this.#reach(undefined);
    this.#powerCut();
  }

  /** Brings the process to the moment at which it dies. One that was drawn is tried for; time passes only for one that was asked for. */
  async #reach(asked: CrashMoment | undefined): Promise<void> {
    const moment = asked ?? MOMENTS[this.#below(MOMENTS.length)]!;
    const life = this.#life;
    this.story.push(`a crash, ${this.#doom(moment)}`);
    if (moment === 'now') return;
    const checkpoint = life.run.checkpoint().catch(() => {});
    await this.#world.settle();
    if (asked !== undefined) await this.#world.until(Promise.race([life.death, checkpoint]));
  }

  /** Answers in words what will be. */
  #doom(moment: CrashMoment): string {
    if (moment === 'now') return 'while it waited for more';
    if (moment === 'afterPrepare') {
      this.#life.dieAtChange(0, 'before');
      return 'when the sinks had prepared';
    }
    if (moment === 'beforeCommit') {
      this.#life.dieAtCommit(0);
      return 'when the checkpoint was written and nothing committed';
    }
    const n = this.#below(CHANGES_OF_A_CHECKPOINT);
    const dying = DYING[this.#below(DYING.length)]!;
    this.#life.dieAtChange(n, dying);
    return `in a checkpoint (${dying === 'half' ? 'half through' : dying} change ${n} of the disk)`;
  }

  #below(n: number): number {
    return Math.floor(this.#random.next() * n);
  }
}
