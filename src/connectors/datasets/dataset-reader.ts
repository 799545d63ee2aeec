import type { Answer, Position, Reader, Resume, SourceContext } from '../../core/source.ts';
import { type Arrangement, chooserOf, orderOf } from './arrangement.ts';
import { changed } from './errors.ts';
import { type Flow, shuffledFlow, straightFlow } from './flow.ts';
import { type Item, Items, type Mark } from './items.ts';
import { findPlace, keepPlace, type Place } from './place.ts';
import { Told } from './told.ts';

export async function openDataset<T>(arrangement: Arrangement<T>, resume: Resume | undefined, context: SourceContext): Promise<Reader<T>> {
  const place = findPlace(resume, orderOf(arrangement), arrangement.id);
  const reader = new DatasetReader(arrangement, context, place);
  await reader.begin(place.mark);
  return reader as Reader<unknown> as Reader<T>; // Its items are those of the source.
}

/** Reads epoch after epoch, and knows behind each item where to go on. */
class DatasetReader implements Reader<unknown> {
  readonly #arrangement: Arrangement<unknown>;
  readonly #context: SourceContext;
  readonly #order: string;
  readonly #isChosen: (position: Position) => boolean;
  readonly #isShuffled: boolean;
  /** Behind the item that was told last. */
  #place: Place;
  #epoch: number;
  #count: number | undefined;
  #items!: Items;
  #flow!: Flow;
  /** Before the restart so much of this epoch was handed out. */
  #done: number;
  #passed = 0;
  /** An item that did not go with those of the last answer. */
  #waiting: Item | undefined;
  #failure: unknown;
  #hasEnded = false;

  constructor(arrangement: Arrangement<unknown>, context: SourceContext, place: Place) {
    this.#arrangement = arrangement;
    this.#context = context;
    this.#order = orderOf(arrangement);
    this.#isChosen = chooserOf(arrangement.sides);
    this.#isShuffled = arrangement.shuffling !== undefined;
    this.#place = place;
    this.#epoch = place.epoch;
    this.#count = place.count;
    this.#done = place.done;
  }

  /** Begins an epoch, or goes on in one behind a mark; nothing is read yet. */
  async begin(mark?: Mark): Promise<void> {
    const { source, shuffling, id } = this.#arrangement;
    this.#items = await Items.open(source, this.#context, mark);
    const straight = straightFlow(this.#items, this.#isChosen);
    this.#flow = shuffling === undefined ? straight : shuffledFlow(straight, this.#items, shuffling, this.#epoch, id);
  }

  async read(limit: number, signal: AbortSignal): Promise<Answer<unknown>> {
    const told = new Told();
    this.#throwFailure();
    try {
      while (!this.#hasEnded && told.count < limit) {
        const item = this.#waiting ?? this.#next();
        this.#waiting = undefined;
        if (item === undefined) {
          // What is here is not held back for what may take long.
          if (!(await this.#goOn(told.count > 0, signal))) break;
        } else if (told.takes(item)) {
          this.#tell(item, told);
        } else {
          this.#waiting = item;
          break;
        }
      }
    } catch (error) {
      if (told.count === 0) throw error;
      this.#failure = { error }; // What came before it is good, and is answered first.
    }
    return told.answer(keepPlace(this.#place, this.#order), this.#hasEnded);
  }

  async close(): Promise<void> {
    await this.#items.close();
  }

  #throwFailure(): void {
    const failure = this.#failure as { readonly error: unknown } | undefined;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
  }

  /** The next item that was not handed out before. */
  #next(): Item | undefined {
    for (;;) {
      const item = this.#flow.next();
      if (item === undefined) return undefined;
      const ordinal = this.#isShuffled ? this.#passed++ : item.ordinal;
      if (ordinal >= this.#done) return item;
    }
  }

  #tell(item: Item, told: Told): void {
    const { epochs } = this.#arrangement;
    told.add(item, epochs === 1 ? item.position : `${this.#epoch}:${item.position}`);
    const [done, mark] = this.#isShuffled ? [this.#passed, undefined] : [item.ordinal + 1, item.mark];
    this.#place = { epoch: this.#epoch, count: this.#count, done, mark };
  }

  /** Sees to it that there are more items; false where the answer should be given first. */
  async #goOn(hasTold: boolean, signal: AbortSignal): Promise<boolean> {
    if (!this.#items.hasEnded) return !hasTold && !signal.aborted && (await this.#items.more(signal));
    const count = this.#items.count;
    const [missing, earlier] = [this.#isShuffled ? this.#done - this.#passed : this.#done - count, this.#count];
    if (missing > 0 || (earlier !== undefined && earlier !== count)) throw this.#changed(earlier ?? count + missing, count);
    if (this.#epoch + 1 >= this.#arrangement.epochs) {
      this.#hasEnded = true;
      return false;
    }
    if (hasTold) return false;
    await this.#items.close();
    this.#epoch++;
    this.#count = count;
    this.#done = this.#passed = 0;
    await this.begin();
    return true;
  }

  #changed(before: number, now: number): Error {
    return changed(
      this.#arrangement.id,
      `it had ${before} records or more before, and in epoch ${this.#epoch} it has ${now}`,
      'The source changed, or can be read only once: give an array, a file, or a function that makes the records anew.',
    );
  }
}
