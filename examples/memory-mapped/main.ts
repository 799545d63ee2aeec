// 65,536 vectors of 128 numbers in a file, of which any can be asked for, with 1 MiB of it in memory.
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { each, pipeline, run } from 'headrace';
import { memmap } from 'headrace/connectors/arrays';

const [rows, width] = [65_536, 128];
const folder = await mkdtemp(join(tmpdir(), 'headrace-memmap-'));
const path = join(folder, 'vectors.f32');
{
  // As numpy's `tofile` writes it: float32, one row behind the other.
  await using file = await open(path, 'w');
  for (let first = 0; first < rows; first += 4096) {
    await file.write(
      Float32Array.from({ length: 4096 * width }, (_, i) => (((first + Math.floor(i / width)) * 31 + (i % width) * 17) % 1024) / 1024),
    );
  }
}

await using vectors = await memmap(path, { dtype: 'float32', shape: [rows, width], cacheBytes: '1MiB' });
console.log(vectors.dtype, vectors.shape, `${(rows * width * 4) / 1_048_576} MiB`);
console.log(vectors.at(65_535, 127), vectors.row(40_000).slice(0, 3));

// Elements from all over the file, and rows near each other.
let sum = 0;
for (let i = 0; i < 10_000; i++) sum += vectors.at((i * 7919) % rows, i % width) + vectors.row(30_000 + (i % 1000))[0]!;
const { pages, bytes } = vectors.cache;
console.log(`sum ${sum.toFixed(3)}, with ${pages} pages in ${bytes} bytes of memory`);

// All of them, one after the other, as a source. It goes past the pages.
const one = vectors.row(40_000);
const alike: number[] = [];
const report = await run(
  pipeline('alike')
    .from(vectors.source())
    .map((row, { position }) => ({ row: Number(position), distance: row.reduce((total, x, i) => total + (x - one[i]!) ** 2, 0) }))
    .filter(({ distance }) => distance === 0)
    .to(each(({ row }) => void alike.push(row))),
);
console.log(`${report.in} rows, ${report.out} of them like row 40000: ${alike.slice(0, 3).join(', ')}, …`);
await rm(folder, { recursive: true });
