import { HeadraceError } from '../../core/error.ts';
import type { Headers } from '../../core/chunk.ts';
import type { Answer, Reader, Resume } from '../../core/source.ts';
import type { TopicRow } from '../../core/topic.ts';

/** What a record weighs beside its bytes. */
const ROW_BYTES = 64;

/** What one answer brings at the most, so that large records come a few at a time. */
const ANSWER_BYTES = 4 * 2 ** 20;

/** A partition in memory: the records that some reader has still to read. */
export class MemoryLog {
  readonly #where: string;
  readonly #mostBytes: number;
  readonly #readers = new Set<MemoryReader>();
  readonly #waitingForRoom: (() => void)[] = [];
  /** Those before `#head` have gone; they are cut off when they are the larger half. */
  #rows: TopicRow[] = [];
  #head = 0;
  /** The position of the first row. */
  #first = 0;
  #bytes = 0;

  constructor(topic: string, partition: number, mostBytes: number) {
    this.#where = `${topic}/${partition}`;
    this.#mostBytes = mostBytes;
  }

  get end(): number {
    return this.#first + this.#rows.length - this.#head;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#mostBytes;
  }

  /** Answers how many records had to go for it: none where somebody reads, since then the writer waits. */
  append(row: TopicRow): number {
    this.#rows.push(row);
    this.#bytes += bytesOf(row);
    let lost = 0;
    if (this.#readers.size === 0 && this.#bytes > this.#mostBytes) {
      while (this.#bytes > this.#mostBytes && lost < this.end - this.#first - 1) this.#bytes -= bytesOf(this.#rows[this.#head + lost++]!);
      this.#cut(lost);
    }
    for (const reader of this.#readers) reader.wake();
    return lost;
  }

  /** Settles when there is room again, or nobody reads. */
  room(signal: AbortSignal): Promise<void> {
    if (!this.isFull || this.#readers.size === 0) return Promise.resolve();
    return new Promise((go) => {
      const free = (): void => {
        signal.removeEventListener('abort', free);
        go();
      };
      this.#waitingForRoom.push(free);
      signal.addEventListener('abort', free, { once: true });
    });
  }

  reader(from: Resume): Reader<never> {
    const position = from === 'end' ? this.end : typeof from === 'number' ? from : this.#first;
    if (position < this.#first || position > this.end) throw gone(this.#where, position, this.#first);
    const reader = new MemoryReader(this, position);
    this.#readers.add(reader);
    return reader;
  }

  rows(from: number, limit: number): readonly TopicRow[] {
    const start = this.#head + from - this.#first;
    const most = Math.min(start + limit, this.#rows.length);
    let end = start;
    for (let bytes = 0; end < most && bytes < ANSWER_BYTES; end++) bytes += bytesOf(this.#rows[end]!);
    return this.#rows.slice(start, end);
  }

  /** A reader went on, or went away. */
  moved(gone?: MemoryReader): void {
    if (gone !== undefined) this.#readers.delete(gone);
    // What was read stays with nobody: the next to come finds what comes after it.
    let slowest = this.#readers.size === 0 ? this.#first : this.end;
    for (const { position } of this.#readers) slowest = Math.min(slowest, position);
    const read = slowest - this.#first;
    for (let i = 0; i < read; i++) this.#bytes -= bytesOf(this.#rows[this.#head + i]!);
    this.#cut(read);
    if (!this.isFull || this.#readers.size === 0) for (const free of this.#waitingForRoom.splice(0)) free();
  }

  #cut(count: number): void {
    this.#head += count;
    this.#first += count;
    if (this.#head * 2 < this.#rows.length) return;
    this.#rows = this.#rows.slice(this.#head);
    this.#head = 0;
  }
}

class MemoryReader implements Reader<never> {
  readonly #log: MemoryLog;
  position: number;
  #hasSaidEnd = false;
  #woken: (() => void) | undefined;

  constructor(log: MemoryLog, position: number) {
    this.#log = log;
    this.position = position;
  }

  wake(): void {
    this.#woken?.();
    this.#woken = undefined;
  }

  read(limit: number, signal: AbortSignal): Answer<never> | Promise<Answer<never>> {
    if (this.position < this.#log.end) return this.#answer(limit);
    if (!this.#hasSaidEnd) {
      this.#hasSaidEnd = true;
      return this.#answer(0);
    }
    return new Promise((settle) => {
      const answer = (): void => {
        signal.removeEventListener('abort', answer);
        this.#woken = undefined;
        settle(this.#answer(limit));
      };
      this.#woken = answer;
      signal.addEventListener('abort', answer, { once: true });
    });
  }

  close(): void {
    this.#log.moved(this);
    this.wake();
  }

  #answer(limit: number): Answer<never> {
    const rows = this.#log.rows(this.position, limit);
    const first = this.position;
    this.position += rows.length;
    if (rows.length > 0) {
      this.#hasSaidEnd = false;
      this.#log.moved();
    }
    const headers: (Headers | undefined)[] | undefined = rows.some((row) => row.headers !== undefined)
      ? rows.map((row) => row.headers)
      : undefined;
    return {
      bodies: rows.map((row) => row.value),
      positions: { first },
      times: Float64Array.from(rows, (row) => row.time),
      ...(headers === undefined ? {} : { headers }),
      resume: this.position,
    };
  }
}

function bytesOf({ key, value, headers }: TopicRow): number {
  let bytes = ROW_BYTES + value.length + (key?.length ?? 0);
  if (headers !== undefined) for (const [name, text] of Object.entries(headers)) bytes += 2 * (name.length + text.length);
  return bytes;
}

function gone(where: string, position: number, first: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_POSITION_EXPIRED',
    what: `position ${position} is no longer kept; the first that is has ${first}`,
    where,
    todo: 'A topic in memory keeps unread records only: give the runtime a dir for topics that are kept.',
  });
}
