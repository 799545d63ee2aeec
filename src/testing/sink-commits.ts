import { strict as assert } from 'node:assert';
import { isHeadraceError } from '../core/error.ts';
import type { Token, Writer } from '../core/sink.ts';
import { type Promised, soon, withCase } from './kit.ts';
import { chunkOf, type OpenedSink, openSink, type SinkCase, writeAll } from './sink-writing.ts';

/** The promises of a sink of delivery `twoPhase`, in the order of docs/specs/connector.md. */
export function commitPromises<T>(): readonly Promised<SinkCase<T>>[] {
  return [...committing<T>(), ...reopening<T>()];
}

function committing<T>(): readonly Promised<SinkCase<T>>[] {
  return [
    {
      id: 'K11',
      says: 'under checkpoints nothing is seen before its token is committed, and then all of it, once and in order',
      needs: 'twoPhase',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const { writer } = await openUnder(made);
          let count = 0;
          for (const [i, share] of thirds(made.values).entries()) {
            await writeAll(writer, share, 3);
            await soon(writer.flush?.(), 'flush settles', patienceMs);
            const token = await prepared(writer, i + 1, patienceMs);
            await assertSeen(made, made.values.slice(0, count), 'before the commit');
            await committed(writer, [token], patienceMs);
            count += share.length;
            await assertSeen(made, made.values.slice(0, count), 'behind the commit');
          }
          await soon(writer.close(), 'close settles', patienceMs);
          await assertSeen(made, made.values, 'behind the close');
        }),
    },
    {
      id: 'K12',
      says: 'writing goes on while a prepare is pending, and its token holds exactly what was written before it',
      needs: 'twoPhase',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const { writer } = await openUnder(made);
          const [before, behind] = [made.values.slice(0, 5), made.values.slice(5)];
          await writeAll(writer, before, 2);
          const first = Promise.resolve(writer.prepare!(1));
          await soon(writeAll(writer, behind, 2), 'a write beside a prepare settles', patienceMs);
          await committed(writer, [await soon(first, 'prepare settles', patienceMs)], patienceMs);
          await assertSeen(made, before, 'behind the first commit');
          await committed(writer, [await prepared(writer, 2, patienceMs)], patienceMs);
          await assertSeen(made, made.values, 'behind the second commit');
          await writer.close();
        }),
    },
    {
      id: 'K13',
      says: 'a prepare without a write before it gives a token too, which commits to nothing',
      needs: 'twoPhase',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const { writer } = await openUnder(made);
          await committed(writer, [await prepared(writer, 1, patienceMs)], patienceMs);
          await writeAll(writer, made.values, 7);
          await committed(writer, [await prepared(writer, 2, patienceMs)], patienceMs);
          const last = await prepared(writer, 3, patienceMs);
          await committed(writer, [last], patienceMs);
          await writer.close();
          await (await openUnder(made, [last])).writer.close();
          await assertSeen(made, made.values, 'of the values written');
        }),
    },
    {
      id: 'K14',
      says: 'tokens are committed in their order, and a commit that is repeated, by any writer, changes nothing',
      needs: 'twoPhase',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const { writer } = await openUnder(made);
          const tokens: Token[] = [];
          for (const [i, share] of thirds(made.values).entries()) {
            await writeAll(writer, share, 3);
            tokens.push(await prepared(writer, i + 1, patienceMs));
          }
          await committed(writer, tokens, patienceMs);
          await committed(writer, tokens, patienceMs);
          await committed(writer, tokens.slice(0, 1), patienceMs);
          await assertSeen(made, made.values, 'behind repeated commits');
          await writer.close();
          const again = await openUnder(made, tokens);
          await committed(again.writer, tokens, patienceMs);
          await again.writer.close();
          await assertSeen(made, made.values, 'behind a commit by another writer');
        }),
    },
  ];
}

function reopening<T>(): readonly Promised<SinkCase<T>>[] {
  return [
    {
      id: 'K15',
      says: 'opened after a kill it finishes the committed tokens, and nothing else that writers of any index left is ever seen',
      needs: 'twoPhase',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const [share, lost, rest] = thirds(made.values);
          const killed = await leaveBehind(made, share, lost, patienceMs);
          const { writer } = await openUnder(made, [killed.token]);
          await assertSeen(made, share, 'once it is open');
          assert.deepEqual([...((await made.leftovers?.()) ?? [])], [], 'nothing is left of what was not committed');
          await writeAll(writer, rest, 3);
          const token = await prepared(writer, 2, patienceMs);
          await committed(writer, [token], patienceMs);
          await writer.close();
          await (await openUnder(made, [token])).writer.close();
          await assertSeen(made, [...share, ...rest], 'behind the next run');
          await killed.close();
        }),
    },
    {
      id: 'K16',
      says: 'opened after a kill with no committed tokens it begins with nothing of what was prepared',
      needs: 'twoPhase',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const [share, lost, rest] = thirds(made.values);
          const killed = await leaveBehind(made, share, lost, patienceMs);
          const { writer } = await openUnder(made);
          await assertSeen(made, [], 'once it is open');
          assert.deepEqual([...((await made.leftovers?.()) ?? [])], [], 'nothing is left of what was not committed');
          await writeAll(writer, rest, 3);
          await committed(writer, [await prepared(writer, 1, patienceMs)], patienceMs);
          await writer.close();
          await assertSeen(made, rest, 'behind the next run');
          await killed.close();
        }),
    },
    {
      id: 'K17',
      says: 'closed with an error it keeps what was prepared, and shows nothing of it',
      needs: 'twoPhase',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const [share, lost] = thirds(made.values);
          const { writer } = await openUnder(made);
          await writeAll(writer, share, 3);
          const token = await prepared(writer, 1, patienceMs);
          await writeAll(writer, lost, 3);
          await soon(writer.close(new Error('the kit fails')), 'close settles', patienceMs);
          await assertSeen(made, [], 'behind the close');
          await (await openUnder(made, [token])).writer.close();
          await assertSeen(made, share, 'behind the next start');
        }),
    },
  ];
}

/**
 * A run that is killed: its first third is in the token, everything else was prepared and not committed, or not even
 * prepared, by two writers where the sink can have two.
 */
async function leaveBehind<T>(made: SinkCase<T>, share: readonly T[], lost: readonly T[], patienceMs: number) {
  const opened = [await openUnder(made)];
  // A sink with one writer may refuse the second.
  const second = await openUnder(made, [], 1).catch((error: unknown) => assert.ok(isHeadraceError(error), String(error)));
  if (second !== undefined) opened.push(second);
  const { writer } = opened[0]!;
  await writeAll(writer, share, 3);
  const token = await prepared(writer, 1, patienceMs);
  for (const one of opened) {
    await one.writer.write(chunkOf(lost));
    await prepared(one.writer, 2, patienceMs);
    await one.writer.write(chunkOf(lost));
    await one.writer.flush?.();
  }
  // It is closed when everything has been looked at, and may fail: its run is long over.
  const close = async (): Promise<void> => {
    for (const one of opened) await Promise.resolve(one.writer.close(new Error('killed'))).catch(() => {});
  };
  return { token, close };
}

function openUnder<T>(made: SinkCase<T>, tokens: readonly Token[] = [], index = 0): Promise<OpenedSink<T>> {
  return openSink(made, { committed: tokens, index, checkpoints: true });
}

async function prepared<T>(writer: Writer<T>, checkpoint: number, patienceMs: number): Promise<Token> {
  const token = await soon(writer.prepare!(checkpoint), 'prepare settles', patienceMs);
  assert.equal(typeof token, 'string', 'a token is text');
  return token;
}

async function committed<T>(writer: Writer<T>, tokens: readonly Token[], patienceMs: number): Promise<void> {
  await soon(writer.commit!(tokens), 'commit settles', patienceMs);
}

async function assertSeen<T>(made: SinkCase<T>, values: readonly T[], when: string): Promise<void> {
  assert.deepEqual([...(await made.seen())], [...values], when);
}

function thirds<T>(values: readonly T[]): readonly [readonly T[], readonly T[], readonly T[]] {
  const third = Math.ceil(values.length / 3);
  return [values.slice(0, third), values.slice(third, 2 * third), values.slice(2 * third)];
}
