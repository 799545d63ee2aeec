import { folderName } from '../../src/base/folder-name.ts';
import { isHeadraceError } from '../../src/core/error.ts';
import { checkLog } from '../../src/log/check.ts';
import type { Run, RunOptions } from '../../src/runtime/runtime.ts';
import { Database } from './database.ts';
import type { Dice } from './dice.ts';
import type { DrawnPlan } from './draw-plan.ts';
import type { Machine } from './machine.ts';
import { DIR, type Output, undone, visible } from './outputs.ts';
import { Outside } from './outside.ts';
import type { Process } from './process.ts';
import { feedProgram, mainProgram, type Manner, type Opened, type Program, startLife } from './programs.ts';

/** A promise of the runtime that was seen broken. */
export class Violation extends Error {}

interface LifeOptions {
  readonly isDoomed: boolean;
  /** How many there were, and this one. */
  readonly life?: number;
  readonly isRoomy?: boolean;
}

type Ending = 'died' | 'failed' | 'ended';

const DYING = ['before', 'half', 'after'] as const;
const LONGEST_LIFE_MS = 150;
const MOST_LIVES = 14;

/** The processes of a seed, one life after the other, and what was seen of them. */
export class Lives {
  crashes = 0;
  /** A promise that was seen broken, without which life went on. */
  complaint: string | undefined;
  /** That the main program has committed. */
  checkpoints = 0;
  readonly #machine: Machine;
  readonly #drawn: DrawnPlan;
  readonly #dice: Dice;
  readonly #outsides: ReadonlyMap<string, Outside>;
  readonly #programs: readonly Program[];
  readonly main: Program;
  readonly #manner: () => Manner;
  readonly #positions = new Map<string, number>();
  readonly #database = new Database();
  #seen: readonly Output[] | undefined;
  /** The main program has finished since the last power cut what it had begun before. */
  #hasRecovered = false;
  #run: Run | undefined;

  constructor(machine: Machine, drawn: DrawnPlan, dice: Dice, manner: () => Manner) {
    this.#machine = machine;
    this.#drawn = drawn;
    this.#dice = dice;
    this.#manner = manner;
    const outer = drawn.sources.filter(({ kind }) => kind === 'outside' || kind === 'liveTopic');
    this.#outsides = new Map(outer.map((source) => [source.name, new Outside(source, machine.isCalm ? 64 : 2 + dice.below(14))]));
    const live = drawn.sources.find(({ kind }) => kind === 'liveTopic');
    const feed = live === undefined ? [] : [feedProgram(live, this.#outsides.get(live.name)!, this.#opened('feed'))];
    this.main = mainProgram(drawn, { outsides: this.#outsides, database: this.#database, opened: this.#opened('main') });
    this.#programs = [...feed, this.main];
  }

  /** Nothing goes wrong; answers what can be seen in the end. */
  async undisturbed(): Promise<readonly Output[]> {
    this.#open();
    for (const program of this.#programs) await this.#calmLife(program, {});
    if (this.#drawn.letters === 'redrive') await this.#calmLife(this.main, { redrive: true });
    return await this.#visible();
  }

  /** Everything goes wrong, and then it may come to its end. */
  async disturbed(): Promise<readonly Output[]> {
    await Promise.all(this.#programs.map((program) => this.#trouble(program)));
    this.#open();
    for (const program of this.#programs) await this.#doomed(program, {});
    await this.#calmly({});
    if (this.#drawn.letters === 'redrive') {
      await this.#doomed(this.main, { redrive: true });
      await this.#calmly({ redrive: true });
    }
    const outputs = await this.#visible();
    this.#compare(outputs);
    await this.#checkLeftovers();
    return outputs;
  }

  #open(): void {
    for (const outside of this.#outsides.values()) outside.isOpen = true;
  }

  get #isEnough(): boolean {
    return this.checkpoints >= 3 && this.crashes >= 1 && this.#machine.faults >= 3;
  }

  /** Life after life, each with a death of its own, until enough has happened. */
  async #trouble(program: Program): Promise<void> {
    const atLeast = 1 + this.#dice.below(2);
    for (let life = 1; life <= MOST_LIVES && (life <= atLeast || !this.#isEnough); life++) {
      const ending = await this.#life(program, { isDoomed: true, life });
      if (ending !== 'ended') await this.#afterDeath();
      await this.#wait(this.#dice.below(6));
    }
  }

  /** Deaths on the way to the end of the data. */
  async #doomed(program: Program, options: RunOptions): Promise<void> {
    for (let left = this.#dice.below(3) - (this.#programs.length > 1 ? 1 : 0); left > 0; left--) {
      const ending = await this.#life(program, { isDoomed: true, ...this.#toTheEnd(program), ...options });
      if (ending === 'ended') return;
      await this.#afterDeath();
    }
  }

  /** The power fails once more, and then nothing does. Whatever the cut brought back is cleared away by whose it is. */
  async #calmly(options: RunOptions): Promise<void> {
    this.#machine.killAll();
    await this.#see();
    this.#cut();
    this.#machine.calm(true);
    for (const program of this.#programs) await this.#calmLife(program, program === this.main ? options : {});
    this.#machine.calm(false);
  }

  async #calmLife(program: Program, options: RunOptions): Promise<void> {
    const calmly = { isDoomed: false, ...this.#toTheEnd(program), ...options };
    // It may say that it needs more memory, but not stand still for want of it.
    if ((await this.#life(program, calmly)) === 'failed') await this.#life(program, { ...calmly, isRoomy: true });
  }

  #toTheEnd(program: Program): RunOptions {
    return program.isEndless ? { until: 'caughtUp' } : {};
  }

  async #afterDeath(): Promise<void> {
    this.crashes++;
    if (!this.#dice.chance(0.65)) return;
    this.#machine.killAll();
    await this.#see();
    this.#cut();
  }

  #cut(): void {
    this.#machine.powerCut();
    this.#hasRecovered = false;
  }

  async #life(program: Program, { isDoomed, life = 1, isRoomy = false, ...options }: RunOptions & LifeOptions): Promise<Ending> {
    const process = this.#machine.begin(program.name);
    const manner = isRoomy ? { ...this.#manner(), memory: '1GiB' as const } : this.#manner();
    let run: Run | undefined;
    const live = async (): Promise<Ending> => {
      run = await startLife(program, process, manner, { ...options, isMended: options.redrive === true });
      if (program === this.main) this.#run = run;
      if (isDoomed) this.#stopSometime(run);
      await run.done;
      return 'ended';
    };
    if (isDoomed) this.#doom(process, life);
    const failed = (error: unknown): Ending => {
      if (!process.isDead) this.#checkError(error, { isDoomed, isRoomy });
      return process.isDead ? 'died' : 'failed';
    };
    const ending = await Promise.race([process.death.then((): Ending => 'died'), live().catch(failed)]);
    if (ending === 'ended') {
      await this.#wait(1);
      const held = process.held();
      if (held.length > 0) throw new Violation(`${program.name} ended and ${held.join(', ')}`);
      const bytes = run!.metrics().heldBytes;
      if (bytes !== 0) throw new Violation(`${program.name} ended and holds ${bytes} bytes`);
      this.#machine.trace.tell(`${program.name} ended`);
    }
    if (program === this.main && run !== undefined) {
      const { from = 0, last = 0 } = run.metrics().checkpoint ?? {};
      this.checkpoints += last - from;
      if (last > from || ending === 'ended') this.#hasRecovered = true;
    }
    this.#run = program === this.main ? undefined : this.#run;
    process.die();
    return ending;
  }

  /** The more lives there were, the longer the next: some have to come to something. */
  #doom(process: Process, life: number): void {
    const dice = this.#dice;
    const times = (1 + life / 3) * this.#programs.length;
    if (dice.chance(0.6)) {
      process.dieAtChange(dice.chance(0.2) ? dice.below(30) : Math.floor(30 + dice.below(150) * times), dice.one(DYING));
      // One that has nothing to do changes nothing.
      void process.world.scheduler.after(LONGEST_LIFE_MS * times, () => process.die());
    } else void process.world.scheduler.after(10 + dice.below(70) * times, () => process.die());
  }

  /** A deployment: it may come before the death. */
  #stopSometime(run: Run): void {
    if (this.#dice.chance(0.15)) this.#machine.world.scheduler.after(this.#dice.below(60), () => void run.stop().catch(() => {}));
  }

  #checkError(error: unknown, { isDoomed, isRoomy = false }: LifeOptions): void {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#machine.trace.tell(`failed: ${error instanceof Error ? error.message : said}`);
    if (isHeadraceError(error) && error.code === 'HR_MEMORY_FULL' && !isRoomy) return;
    if (!isDoomed) throw new Violation(`a run on a sound disk fails: ${saidOf(error)}`);
    // The seed goes on behind this one: there may be more.
    if (!isHeadraceError(error)) this.complaint ??= `a run fails of what is no HeadraceError: ${said}`;
    else if (!error.code.startsWith('HR_') || error.todo === undefined || error.todo === '')
      this.complaint ??= `an error does not say what to do: ${said}`;
  }

  async #see(): Promise<void> {
    const { from = 0, last = 0 } = this.#run?.metrics().checkpoint ?? {};
    if (last > from) this.#hasRecovered = true;
    if (this.#seen !== undefined && !this.#hasRecovered) return;
    this.#compare(await this.#visible());
  }

  #compare(now: readonly Output[]): void {
    const said = this.#seen === undefined ? undefined : undone(this.#seen, now);
    if (said !== undefined) throw new Violation(said);
    this.#seen = now;
  }

  #visible(): Promise<readonly Output[]> {
    return visible(this.#drawn, this.#machine.world, this.#database);
  }

  #opened(program: string): Opened {
    return (source, partition, resume) => {
      const place = `${program} ${source} ${partition}`;
      const before = this.#positions.get(place) ?? 0;
      const now = typeof resume === 'number' ? resume : 0;
      if (now < before) throw new Violation(`${place} was opened at ${before} and then at ${now}`);
      this.#positions.set(place, now);
    };
  }

  #wait(ms: number): Promise<void> {
    return new Promise((go) => void this.#machine.world.scheduler.after(ms, go));
  }

  /** What nobody will ever commit. */
  async #checkLeftovers(): Promise<void> {
    const { files } = this.#machine.world;
    const parts = (await files.list('/out')).filter((name) => name.endsWith('.part'));
    if (parts.length > 0) throw new Violation(`left behind in /out: ${parts.join(', ')}`);
    const topics = `${DIR}/topics`;
    for (const name of (await files.stat(topics)) === undefined ? [] : await files.list(topics)) {
      if ((await files.stat(`${topics}/${name}`))?.isFolder !== true) continue;
      const { partitions, isSound } = await checkLog(files, `${topics}/${name}`);
      const staged = partitions.flatMap((partition) => partition.staged);
      if (staged.length > 0) throw new Violation(`left behind in topic ${name}: ${staged.join(', ')}`);
      if (!isSound) throw new Violation(`topic ${name} is damaged: ${JSON.stringify(partitions.flatMap(({ damage }) => damage))}`);
    }
    const { pipelines } = { pipelines: `${DIR}/pipelines/${folderName('main')}` };
    const unfinished = (await files.list(pipelines)).filter((name) => name.endsWith('.part'));
    if (unfinished.length > 0) throw new Violation(`left behind with the checkpoints: ${unfinished.join(', ')}`);
  }
}

function saidOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\n  because ${saidOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
