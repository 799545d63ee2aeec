import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adwin, ddm, type DriftDetector, eddm, pageHinkley } from 'headrace/models';
import { expect, test } from 'vitest';
import { scores } from '../../bench/accuracy/scores.ts';

const shared = process.env['HEADRACE_SHARED'];

test.skipIf(!shared).each(scores)(
  '$model scores $published ($metric) on $data, as was published',
  async ({ measure, published, within }) => {
    expect(Math.abs((await measure()) - published)).toBeLessThanOrEqual(within);
  },
);

interface Golden {
  readonly streams: Readonly<Record<string, readonly number[]>>;
  /** By detector and stream, as `DDM() on bernoulli`: where it saw changes. */
  readonly detections: Readonly<Record<string, readonly number[]>>;
}

const file = join(shared ?? '', 'reference/golden/drift.json');
const makes: Readonly<Record<string, () => DriftDetector>> = { ADWIN: adwin, DDM: ddm, EDDM: eddm, PageHinkley: pageHinkley };

test.skipIf(!shared || !existsSync(file))('detectors see changes where those of River do', () => {
  const { streams, detections } = JSON.parse(readFileSync(file, 'utf8')) as Golden;
  let compared = 0;
  for (const [what, expected] of Object.entries(detections)) {
    const make = makes[what.split('(', 1)[0]!];
    if (make === undefined) continue;
    const detector = make();
    const found = streams[what.split(' on ')[1]!]!.flatMap((value, i) => (detector.update(value) ? [i] : []));
    expect(found, what).toEqual(expected);
    compared++;
  }
  expect(compared).toBe(8);
});
