// A model that learns from a StreamBuffer, against ordinary least squares over all readings at once.
import { StreamBuffer } from 'headrace';
import { fill } from 'headrace/buffers';
import { expect, test } from 'vitest';
import { type Reading, readings } from '../../examples/train-model/readings.ts';
import { trainModel } from '../../examples/train-model/train.ts';

/** Least squares by Householder reflections on the whole matrix: another way than the sums the example keeps. */
function leastSquares(all: readonly Reading[]): readonly number[] {
  const rows = all.map(({ x, y }) => [1, ...x, y]);
  const width = rows[0]!.length - 1;
  for (let k = 0; k < width; k++) {
    const norm = Math.hypot(...rows.slice(k).map((row) => row[k]!));
    const v = rows.slice(k).map((row) => row[k]!);
    v[0]! += Math.sign(v[0]!) * norm;
    const length = v.reduce((sum, entry) => sum + entry * entry, 0);
    for (let j = k; j <= width; j++) {
      const dot = v.reduce((sum, entry, i) => sum + entry * rows[k + i]![j]!, 0);
      v.forEach((entry, i) => (rows[k + i]![j]! -= (2 * dot * entry) / length));
    }
  }
  const weights = Array.from({ length: width }, () => 0);
  for (let k = width - 1; k >= 0; k--) {
    let right = rows[k]![width]!;
    for (let j = k + 1; j < width; j++) right -= rows[k]![j]! * weights[j]!;
    weights[k] = right / rows[k]![k]!;
  }
  return weights;
}

function expectEqual(measured: readonly number[], expected: readonly number[]): void {
  expect(measured).toHaveLength(expected.length);
  measured.forEach((weight, i) => expect(Math.abs(weight - expected[i]!)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected[i]!))));
}

test('a model trained until the buffer is closed and empty equals least squares over everything', async () => {
  const buffer = new StreamBuffer<Reading>({ items: 300 });
  const filled = fill(buffer, readings(5000));
  const model = await trainModel(buffer, { features: 3 });
  await filled;
  expect(model.count).toBe(5000);
  expect(buffer.isEnded).toBe(true);
  expectEqual(model.weights(), leastSquares([...readings(5000)]));
});

test('training that stops on a condition has learned exactly what it took; the rest stays readable, in order', async () => {
  const all = [...readings(2000)];
  const buffer = new StreamBuffer<Reading>({ items: 4000 });
  for (const reading of all) buffer.tryWrite(reading);
  const model = await trainModel(buffer, { features: 3, isEnough: (soFar) => soFar.count >= 700 });
  expect(model.count).toBe(768); // Three batches of 256: what was taken is learned and not put back.
  expectEqual(model.weights(), leastSquares(all.slice(0, 768)));
  expect(buffer.isClosed).toBe(false);
  expect(buffer.items).toBe(2000 - 768);
  expect(await buffer.read()).toBe(all[768]);
  buffer.close();
  const rest: Reading[] = [];
  for await (const reading of buffer) rest.push(reading);
  expect(rest).toEqual(all.slice(769));
});

test('training goes on with a second loop where the first one stopped', async () => {
  const buffer = new StreamBuffer<Reading>({ items: 512 });
  const filled = fill(buffer, readings(3000));
  const first = await trainModel(buffer, { features: 3, isEnough: (soFar) => soFar.count >= 1000 });
  const second = await trainModel(buffer, { features: 3 });
  await filled;
  expect(first.count + second.count).toBe(3000);
  expectEqual(second.weights(), leastSquares([...readings(3000)].slice(first.count)));
});

test('a source that fails in the middle fails the training with its error', async () => {
  const buffer = new StreamBuffer<Reading>();
  function* broken(): Generator<Reading> {
    yield* readings(10);
    throw new Error('the sensor is gone');
  }
  const filled = fill(buffer, broken());
  await expect(trainModel(buffer, { features: 3 })).rejects.toThrow('the sensor is gone');
  await expect(filled).rejects.toThrow('the sensor is gone');
});
