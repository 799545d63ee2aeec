import type { Candidate, Question } from './kit/question.ts';

function importing(name: string, load: () => Promise<unknown>): Candidate {
  return {
    name,
    records: 1,
    isCold: true,
    async run(records) {
      await load();
      return { answer: { records } };
    },
  };
}

export const startup: Question = {
  name: 'startup',
  asks: 'what does it cost before the first record?',
  unit: 'time',
  contests: [
    {
      title: 'import, in a fresh process',
      ours: importing('headrace', () => import('headrace')),
      peers: [
        importing('RxJS', async () => (await import('./peers/rxjs.ts')).rxjs()),
        importing('Effect', async () => (await import('./peers/effect.ts')).effect()),
      ],
      expected: (records) => ({ records }),
    },
    {
      title: 'a pipeline of three steps over one record, from its description to its report',
      ours: {
        name: 'headrace',
        records: 2000,
        async run(records) {
          const { each, pipeline, run, values } = await import('headrace');
          let seen = 0;
          for (let i = 0; i < records; i++) {
            await run(
              pipeline('bench')
                .from(values([i]))
                .map((n) => n + 1)
                .filter((n) => n > 0)
                .to(each(() => void seen++)),
            );
          }
          return { answer: { records: seen } };
        },
      },
      peers: [],
      expected: (records) => ({ records }),
    },
  ],
};
