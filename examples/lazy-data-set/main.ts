// A lazy data set: split, shuffled and read three times. Until somebody reads it, it is only a description.
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { each, json, pipeline, run } from 'headrace';
import { dataset } from 'headrace/connectors/datasets';
import { fileSource } from 'headrace/connectors/files';

interface House {
  readonly rooms: number;
  readonly price: number;
}

const folder = await mkdtemp(join(tmpdir(), 'headrace-houses-'));
const path = join(folder, 'houses.jsonl');
const { train, rest } = dataset(fileSource(path, json<House>())).split({ train: 0.8 }, { seed: 'houses' });
const lessons = train.shuffle({ seed: 1, buffer: 2000 }).epochs(3);
console.log('described, and the file is not even there');

// Sorted by rooms, as exports are: without a shuffle the model would forget small houses over large ones.
const houses = Array.from({ length: 10_000 }, (_, n): House => {
  const rooms = 1 + Math.floor(n / 1250);
  return { rooms, price: 100 + 60 * rooms + ((n * 31) % 41) - 20 };
});
await using file = await open(path, 'w');
await file.write(houses.map((house) => `${JSON.stringify(house)}\n`).join(''));

const size = { train: 0, rest: 0 };
for await (const _ of train) size.train++;
for await (const _ of rest) size.rest++;
console.log(`${size.train} houses to learn from, ${size.rest} to test with`);

const model = { perRoom: 0, base: 0 };
const miss = ({ rooms, price }: House): number => model.perRoom * rooms + model.base - price;

/** How far off the model is, on houses it never learned from. */
async function test(epoch: number): Promise<void> {
  let total = 0;
  for await (const house of rest) total += Math.abs(miss(house));
  console.log(`after ${epoch} epochs off by ${(total / size.rest).toFixed(1)}`);
}

await test(0);
let learned = 0;
const report = await run(
  pipeline('lessons')
    .from(lessons)
    .to(
      each(async (house) => {
        const step = 0.004 * miss(house);
        model.perRoom -= step * house.rooms;
        model.base -= step;
        if (++learned % size.train === 0) await test(learned / size.train);
      }),
    ),
);
console.log(`${report.in} lessons: ${model.base.toFixed(0)} for a house, and ${model.perRoom.toFixed(0)} for each room`);

async function firstOf(seed: number): Promise<string> {
  const prices: number[] = [];
  for await (const { price } of train.shuffle({ seed })) if (prices.push(price) === 20) break;
  return prices.join(' ');
}
console.log(`the same seed, the same order: ${(await firstOf(1)) === (await firstOf(1))}`);
console.log(`another seed, the same order: ${(await firstOf(1)) === (await firstOf(2))}`);
await rm(folder, { recursive: true });
