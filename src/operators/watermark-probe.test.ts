import { expect, test } from 'vitest';
import { chunkOf, StationRig } from './station-rig.ts';
import { type Seen, watermarkProbe } from './watermark-probe.ts';

test('records and watermarks are shown as they pass, and pass as they came', async () => {
  const seen: Seen<string>[] = [];
  const rig = new StationRig(
    watermarkProbe<string>((what) => seen.push(what)),
    { chunkLimit: 1, closesFor: () => 3 },
  );
  await rig.feed(
    chunkOf(['a', 'b'], { first: 4, control: { watermark: 5 } }),
    chunkOf<string>([], { control: { watermark: 9, barrier: 1 } }),
  );
  await rig.finish();
  expect(seen).toEqual([{ value: 'a', time: 4 }, { value: 'b', time: 5 }, { watermark: 5 }, { watermark: 9 }]);
  expect(rig.emitted.map(({ values, control }) => [values, control])).toEqual([
    [['a'], undefined],
    [['b'], { watermark: 5 }],
    [[], { watermark: 9, barrier: 1 }],
  ]);
});
