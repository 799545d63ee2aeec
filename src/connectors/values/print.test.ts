import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import type { StuckSinkCase } from '../../testing/sink-writing.ts';
import { testSink } from '../../testing/sink-kit.ts';
import { chunkOf, openSink } from '../../testing/sink-writing.ts';
import { print } from './print.ts';

const lines = Array.from({ length: 30 }, (_, i) => `line ${i}`);

class Screen extends Writable {
  text = '';
  writes = 0;
  #held: (() => void) | undefined;
  #isStuck: boolean;

  constructor(isStuck = false) {
    super({ decodeStrings: false, highWaterMark: 100 });
    this.#isStuck = isStuck;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk;
    this.writes += 1;
    if (this.#isStuck) this.#held = done;
    else done();
  }

  release(): void {
    this.#isStuck = false;
    this.#held?.();
  }

  seen(): string[] {
    return this.text.split('\n').slice(0, -1);
  }
}

testSink<string>({
  test,
  name: 'print',
  make() {
    const screen = new Screen();
    return { sink: print<string>(undefined, { to: screen }), values: lines, seen: () => screen.seen() };
  },
  broken() {
    const screen = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    return { sink: print<string>(undefined, { to: screen }), values: lines, seen: () => [] };
  },
});

test('a slow screen holds the pipeline back', async () => {
  const screen = new Screen(true);
  const made: StuckSinkCase<string> = {
    sink: print<string>(undefined, { to: screen }),
    values: lines,
    seen: () => screen.seen(),
    release: () => screen.release(),
  };
  const { writer } = await openSink(made);
  const held = writer.write(chunkOf(lines));
  expect(held).toBeInstanceOf(Promise);
  screen.release();
  await held;
  await writer.close();
  expect(screen.seen()).toEqual(lines);
});

test('text is printed as it is, everything else as console.log shows it, with one write a chunk', async () => {
  const screen = new Screen();
  const { writer } = await openSink({ sink: print<unknown>(undefined, { to: screen }), values: [], seen: () => [] });
  await writer.write(chunkOf<unknown>(['ann %s', 7, { age: 3 }, ['x'], undefined]));
  await writer.close();
  expect(screen.text).toBe("ann %s\n7\n{ age: 3 }\n[ 'x' ]\nundefined\n");
  expect(screen.writes).toBe(1);
});

test('a format makes the line', async () => {
  const screen = new Screen();
  const { writer } = await openSink({ sink: print<number>((n) => `<${n}>`, { to: screen }), values: [], seen: () => [] });
  await writer.write(chunkOf([1, 2]));
  await writer.close();
  expect(screen.text).toBe('<1>\n<2>\n');
});

test('a closed pipe stops the run with a code and not the process', async () => {
  const screen = new Writable({ write: (_chunk, _encoding, done) => done(new Error('write EPIPE')) });
  const { writer } = await openSink({ sink: print<string>(undefined, { to: screen }), values: [], seen: () => [] });
  const printed = async (): Promise<void> => {
    await writer.write(chunkOf(['a']));
    await writer.flush?.();
  };
  await expect(printed()).rejects.toMatchObject({ code: 'HR_PRINT_FAILED' });
  await writer.close(new Error('stopped'));
});
