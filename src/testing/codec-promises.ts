import { strict as assert } from 'node:assert';
import { type HeadraceError, isHeadraceError } from '../core/error.ts';
import type { CodecCase } from './codec-kit.ts';
import type { Promised } from './kit.ts';

const LF = 10;
const CR = 13;

/** The promises of a codec, in the order of docs/specs/connector.md. */
export function codecPromises<T>(): readonly Promised<CodecCase<T>>[] {
  return [
    {
      id: 'C1',
      says: 'it has a kind, and a framing of lines or none',
      check: async (make) => {
        const { codec } = await make();
        assert.notEqual(codec.kind, '');
        assert.ok(['lines', 'none'].includes(codec.framing), 'the framing is one of the two');
      },
    },
    {
      id: 'C2',
      says: 'every value comes back equal',
      check: async (make) => {
        const { codec, values } = await make();
        for (const value of values) assert.deepEqual(codec.decode(codec.encode(value)), value);
      },
    },
    {
      id: 'C3',
      says: 'bytes once encoded stay as they are, and equal values give equal bytes',
      check: async (make) => {
        const { codec, values } = await make();
        const kept: number[][] = [];
        const first = values.map((value) => {
          const bytes = codec.encode(value);
          kept.push([...bytes]);
          return bytes;
        });
        const second = values.map((value) => codec.encode(value));
        assert.deepEqual(
          first.map((bytes) => [...bytes]),
          kept,
          'nobody writes to bytes that were given away',
        );
        assert.deepEqual(
          second.map((bytes) => [...bytes]),
          kept,
          'equal values, equal bytes',
        );
      },
    },
    {
      id: 'C4',
      says: 'it reads bytes in the middle of a larger buffer, and leaves them as they were',
      check: async (make) => {
        const { codec, values } = await make();
        for (const value of values) {
          const body = codec.encode(value);
          const around = new Uint8Array(body.length + 20).fill(0x7a);
          around.set(body, 10);
          const before = [...around];
          assert.deepEqual(codec.decode(around.subarray(10, 10 + body.length)), value);
          assert.deepEqual([...around], before, 'decode does not write');
        }
      },
    },
    {
      id: 'C5',
      says: 'bad bytes throw a HeadraceError that makes a dead letter, and the next decode is as good as ever',
      check: async (make) => {
        const { codec, values, bad = [] } = await make();
        for (const body of bad) {
          assert.equal(errorOf(() => codec.decode(body)).action, 'deadLetter');
          for (const value of values) assert.deepEqual(codec.decode(codec.encode(value)), value);
        }
      },
    },
    {
      id: 'C6',
      says: 'a value that has no bytes throws HR_VALUE_UNENCODABLE, and the next encode is as good as ever',
      check: async (make) => {
        const { codec, values, unencodable = [] } = await make();
        for (const wrong of unencodable) {
          // The whole point of these values is that their type is wrong.
          assert.equal(errorOf(() => codec.encode(wrong as T)).code, 'HR_VALUE_UNENCODABLE');
          for (const value of values) assert.deepEqual(codec.decode(codec.encode(value)), value);
        }
      },
    },
    {
      id: 'C7',
      says: 'a codec of lines never writes a line end',
      check: async (make) => {
        const { codec, values } = await make();
        if (codec.framing !== 'lines') return;
        for (const value of values) {
          const body = codec.encode(value);
          assert.ok(!body.includes(LF), 'no line feed');
          assert.notEqual(body.at(-1), CR, 'no carriage return at the end');
        }
      },
    },
  ];
}

function errorOf(call: () => unknown): HeadraceError {
  try {
    call();
  } catch (error) {
    assert.ok(isHeadraceError(error), `a HeadraceError, not ${String(error)}`);
    return error;
  }
  throw new assert.AssertionError({ message: 'the call throws' });
}
