import { duplexPair, PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loopTurn } from '../../base/scheduler.ts';
import { isHeadraceError } from '../../core/error.ts';
import { FrameReader, frameHead } from './frames.ts';
import { streamTransport } from './stream-transport.ts';
import type { Ending } from './transport.ts';

const framed = (messages: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat(messages.flatMap((message) => [frameHead([message]), message]));

function read(pieces: readonly Uint8Array[]): string[] {
  const reader = new FrameReader();
  const seen: string[] = [];
  for (const piece of pieces) reader.push(piece, (message) => seen.push(Buffer.from(message).toString('hex')));
  return seen;
}

test('messages come out as they went in, wherever the stream is cut', () => {
  const messages = [Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.of(9), new Uint8Array(70).fill(7)];
  const bytes = framed(messages);
  const expected = messages.map((message) => Buffer.from(message).toString('hex'));
  expect(read(Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)))).toEqual(expected);
  for (let a = 0; a <= bytes.length; a++) {
    for (let b = a; b <= bytes.length; b++) expect(read([bytes.subarray(0, a), bytes.subarray(a, b), bytes.subarray(b)])).toEqual(expected);
  }
});

test('messages come out as they went in, for any messages and cuts', () => {
  const property = fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), fc.array(fc.nat(400)), (messages, cuts) => {
    const bytes = framed(messages);
    const pieces: Uint8Array[] = [];
    let at = 0;
    for (const cut of cuts) pieces.push(bytes.subarray(at, (at = Math.min(bytes.length, at + cut))));
    pieces.push(bytes.subarray(at));
    expect(read(pieces)).toEqual(messages.map((message) => Buffer.from(message).toString('hex')));
  });
  fc.assert(property, { numRuns: 200 });
});

test('a length that cannot be right takes no memory and ends the stream', async () => {
  const stream = new PassThrough();
  const transport = streamTransport(stream);
  const closed = new Promise<Ending>((resolve) => {
    transport.onClose(resolve);
  });
  transport.onMessage(() => {});
  stream.write(Uint8Array.of(255, 255, 255, 255, 1));
  const { how, cause } = await closed;
  expect(how).toBe('lost its connection');
  expect(isHeadraceError(cause) && cause.code).toBe('HR_FRAME_DAMAGED');
});

test('a message over the limit is refused where it is sent', () => {
  const [near] = duplexPair();
  expect(() => streamTransport(near, 100).send([new Uint8Array(60), new Uint8Array(41)])).toThrow('101 bytes');
});

test('a full line makes its sender wait until somebody reads', async () => {
  const [near, far] = duplexPair({ highWaterMark: 1000 });
  const sender = streamTransport(near);
  let sent = 0;
  let wait: void | Promise<void>;
  for (wait = undefined; wait === undefined; sent++) wait = sender.send(new Uint8Array(400));
  expect(sent).toBeLessThan(12);
  let isFree = false;
  void wait.then(() => {
    isFree = true;
  });
  await loopTurn();
  expect(isFree).toBe(false);
  let received = 0;
  streamTransport(far).onMessage(() => received++);
  await wait;
  await sender.send(Uint8Array.of(1));
  expect(received).toBeGreaterThanOrEqual(sent - 1);
});

test('a line that is closed frees who waits for it, and says that it was cut within a message', async () => {
  const [near, far] = duplexPair({ highWaterMark: 1000 });
  const receiver = streamTransport(far);
  receiver.onMessage(() => {});
  const closed = new Promise<Ending>((resolve) => {
    receiver.onClose(resolve);
  });
  near.resume();
  near.write(Uint8Array.of(10, 0, 0, 0, 1, 2));
  near.end();
  expect((await closed).how).toBe('closed its connection within a message');
  const [other] = duplexPair({ highWaterMark: 10 });
  const sender = streamTransport(other);
  const wait = sender.send(new Uint8Array(400));
  sender.close('now');
  await wait;
});
