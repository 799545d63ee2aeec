import { fileSink } from '../../../src/connectors/files/index.ts';
import { json, type Pipeline, pipeline, type Source, topic, type Topic } from '../../../src/index.ts';

export interface Line {
  readonly n: number;
  readonly sum: number;
  readonly padding: string;
}

const WAYS = ['topic', 'sink', 'state'] as const;
export type Way = (typeof WAYS)[number];

export function isWay(text: string | undefined): text is Way {
  return WAYS.some((way) => way === text);
}

/** About 700 bytes each, so that a thousand of them are more than the limit. */
export const COUNT = 1500;

export function lineAt(n: number): Line {
  return { n, sum: (n * (n + 1)) / 2, padding: 'x'.repeat(650 + (n % 7)) };
}

export const described: Topic<Line> = topic('lines', json<Line>(), { partitions: 1 });

const numbers: Source<number> = {
  kind: 'numbers',
  id: 'numbers',
  replay: true,
  partitions: () => [0],
  open(_partition, resume) {
    let next = Number(resume ?? 0);
    return {
      async read() {
        await new Promise<void>((go) => setImmediate(go));
        const first = next;
        next = Math.min(first + 10, COUNT);
        return {
          values: Array.from({ length: next - first }, (_, i) => first + i),
          positions: { first },
          resume: next,
          end: next === COUNT,
        };
      },
      close() {},
    };
  },
};

/** `sink`: the file that a sink writes grows too large. `state`: the file of a checkpoint does, and the lines are short. */
export function made(way: 'sink' | 'state', folder: string): Pipeline {
  const stream = pipeline('limited').from(numbers);
  const sink = fileSink<Line>(`${folder}/lines.jsonl`, json());
  if (way === 'sink')
    return stream
      .scan(
        'sum',
        (): Line => ({ n: -1, sum: 0, padding: '' }),
        ({ sum }, n) => ({ ...lineAt(n), sum: sum + n }),
      )
      .to(sink);
  return stream
    .scan(
      'all',
      (): readonly Line[] => [],
      (all, n) => [...all, lineAt(n)],
    )
    .map((all): Line => ({ ...all.at(-1)!, padding: '' }))
    .to(sink);
}
