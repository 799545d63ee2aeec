// A model that learns from a stream larger than the memory it uses: at most 1,024 readings wait in the buffer.
import { StreamBuffer } from 'headrace';
import { fill } from 'headrace/buffers';
import { readings, type Reading } from './readings.ts';
import { trainModel } from './train.ts';

const buffer = new StreamBuffer<Reading>({ items: 1024 });
const filled = fill(buffer, readings(20_000)); // Waits whenever the buffer is full.

const model = await trainModel(buffer, { features: 3, isEnough: (soFar) => soFar.count >= 10_000 });
console.log(`learned from ${model.count} readings`);
console.log(
  `weights ${model
    .weights()
    .map((weight) => weight.toFixed(2))
    .join(' ')}`,
);

// The rest was not taken, so it can serve to see how good the model is.
let [rest, squares] = [0, 0];
for await (const { x, y } of buffer) {
  rest += 1;
  squares += (model.predict(x) - y) ** 2;
}
await filled;
console.log(`off by ${Math.sqrt(squares / rest).toFixed(2)} on the other ${rest}`);
