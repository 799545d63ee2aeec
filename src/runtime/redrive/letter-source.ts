import type { DeadLetter } from '../../core/letter.ts';
import type { Answer, Reader, Source, SourceContext } from '../../core/source.ts';
import type { Topic } from '../../connectors/topics/topic.ts';
import { REDRIVE } from './names.ts';

/** The letters of a topic from where the last redrive has come to, up to `end`. What is refused again comes behind it. */
export function letterSource(letters: Topic<DeadLetter>, from: number, end: number): Source<DeadLetter> {
  return {
    kind: 'topic',
    id: REDRIVE,
    codec: letters.codec,
    replay: true,
    timed: true,
    partitions: () => [0],
    open: async (_partition, _resume, context) => new UpTo(await letters.open(0, from, context), end, from),
  };
}

class UpTo implements Reader<DeadLetter> {
  readonly #reader: Reader<DeadLetter>;
  readonly #end: number;
  #next: number;

  constructor(reader: Reader<DeadLetter>, end: number, from: number) {
    this.#reader = reader;
    this.#end = end;
    this.#next = from;
  }

  async read(limit: number, signal: AbortSignal): Promise<Answer<DeadLetter>> {
    const left = this.#end - this.#next;
    if (left === 0) return { values: [], positions: { first: this.#next }, resume: this.#next };
    const answer = await this.#reader.read(Math.min(limit, left), signal);
    this.#next = Number(answer.resume);
    return answer;
  }

  close(): void | Promise<void> {
    return this.#reader.close();
  }
}

/** Which operators have letters between two positions. */
export async function operatorsOf(
  letters: Topic<DeadLetter>,
  { from, end }: { readonly from: number; readonly end: number },
  context: SourceContext,
): Promise<ReadonlySet<string>> {
  const operators = new Set<string>();
  const reader = new UpTo(await letters.open(0, from, context), end, from);
  try {
    for (let next = from; next < end; ) {
      const { bodies, resume } = await reader.read(1024, context.signal);
      for (const body of bodies ?? []) operators.add(letters.codec.decode(body).operator);
      next = Number(resume);
    }
  } finally {
    await reader.close();
  }
  return operators;
}
