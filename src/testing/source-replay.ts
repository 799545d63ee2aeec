import { strict as assert } from 'node:assert';
import type { Position, Resume } from '../core/source.ts';
import { type Promised, withCase } from './kit.ts';
import {
  beforeLast,
  gather,
  open,
  positionsOf,
  readOnce,
  refusalsOf,
  type SourceCase,
  type ToldRefusal,
  valuesOf,
} from './source-reading.ts';

/** How many empty answers a reader may give before its record. */
const EMPTY = 1000;

/** What a run that is stopped or killed again and again relies on, beyond S10 and S11. */
export function replayPromises<T>(): readonly Promised<SourceCase<T>>[] {
  return [
    {
      id: 'S17',
      says: 'closed behind every record and opened with its `resume`, kept as JSON, it gives all records once, at the same positions',
      needs: 'replay',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const first = await open(made);
          const whole = await gather(made, first, 1024, patienceMs);
          await first.reader.close();
          const values: T[] = [];
          const positions: Position[] = [];
          const refused: ToldRefusal[] = [];
          let resume: Resume | undefined;
          while (values.length < made.values.length) {
            const opened = await open(made, resume);
            for (let reads = 0; reads < EMPTY; reads++) {
              const answer = await readOnce(made, opened, 1, patienceMs);
              refused.push(...refusalsOf(answer, values.length));
              values.push(...valuesOf(made.source, answer));
              positions.push(...positionsOf(answer));
              resume = kept(answer.resume);
              if (positionsOf(answer).length + (answer.refused?.length ?? 0) > 0) break;
              assert.notEqual(answer.end, true, `there is more behind record ${values.length}`);
              assert.ok(reads < EMPTY - 1, `the source gives nothing more after ${values.length} records`);
            }
            await opened.reader.close();
          }
          assert.deepEqual(values, made.values);
          assert.deepEqual(positions, whole.positions.slice(0, positions.length));
          assert.deepEqual(beforeLast(refused, values.length), beforeLast(whole.refused, values.length), 'what is refused comes once too');
        }),
    },
    {
      id: 'S18',
      says: 'opened with the `resume` at the end it gives nothing, and says that it has ended',
      needs: 'replayEnds',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const first = await open(made);
          const whole = await gather(made, first, 7, patienceMs, true);
          await first.reader.close();
          const opened = await open(made, kept(whole.answers.at(-1)!.resume));
          const rest = await gather({ ...made, values: [] }, opened, 7, patienceMs, true);
          await opened.reader.close();
          assert.deepEqual([rest.values, rest.refused], [[], []]);
        }),
    },
  ];
}

/** As a checkpoint gives it back. */
function kept(resume: Resume): Resume {
  return JSON.parse(JSON.stringify(resume)) as Resume;
}
