import { crc32c } from '../base/crc32c.ts';
import type { Capture, Section, SectionWriter } from '../core/state.ts';
import type { OpenFile } from '../core/world.ts';
import { footerBytes, headerBytes, type Placed, sectionName, VERSION } from './checkpoint-format.ts';
import type { CheckpointContent } from './checkpoints.ts';

/** Small sections are gathered so far before they are written; larger ones are written as they come. */
const BUFFER_BYTES = 1 << 18;

/** Where the sections of a checkpoint stand, by their names. */
export interface WrittenIndex {
  readonly n: number;
  readonly sections: ReadonlyMap<string, Placed>;
}

export interface Written {
  readonly n: number;
  readonly content: CheckpointContent;
  readonly captures: readonly Capture[];
  /** The checkpoint that was written before, for what has not changed since. */
  readonly before: WrittenIndex | undefined;
}

/** Writes one checkpoint to an empty file and makes it safe. It holds one buffer and the index, never the state. */
export async function writeCheckpoint(file: OpenFile, { n, content, captures, before }: Written): Promise<WrittenIndex> {
  const out = new Appender(file);
  await out.append(headerBytes(content.tokens.length));
  const placed: Placed[] = [];
  let refers = false;
  const sections: SectionWriter = {
    section({ operator, cell, scope, codec, part, version }: Section, bytes) {
      placed.push({
        operator,
        cell,
        scope,
        codec,
        ...(part === undefined ? {} : { part }),
        ...(version === undefined ? {} : { version }),
        at: out.position,
        bytes: bytes.length,
        crc: crc32c(bytes),
      });
      return out.append(bytes);
    },
    same(list) {
      const found = list.flatMap((section) => before?.sections.get(sectionName(section)) ?? []);
      if (before === undefined || found.length < list.length) return false;
      refers ||= found.length > 0;
      for (const known of found) placed.push({ ...known, of: known.of ?? before.n });
      return true;
    },
  };
  await writeCaptures(captures, sections);
  await out.settled();
  const indexAt = out.position;
  const index = new TextEncoder().encode(JSON.stringify(placed));
  const body = new TextEncoder().encode(JSON.stringify({ n, ...content }));
  await out.append(index);
  await out.append(body);
  await out.append(footerBytes({ indexAt, indexBytes: index.length, contentBytes: body.length, crc: crc32c(body, crc32c(index)) }));
  await out.flush();
  if (refers) await file.write(headerBytes(content.tokens.length, VERSION), 0);
  await file.sync();
  return { n, sections: named(placed) };
}

/** Two of one name could be taken for each other, so neither is referred to. */
function named(placed: readonly Placed[]): ReadonlyMap<string, Placed> {
  const byName = new Map<string, Placed>();
  const twice = new Set<string>();
  for (const section of placed) {
    const name = sectionName(section);
    if (byName.has(name)) twice.add(name);
    byName.set(name, section);
  }
  for (const name of twice) byName.delete(name);
  return byName;
}

async function writeCaptures(captures: readonly Capture[], to: SectionWriter): Promise<void> {
  for (const [i, capture] of captures.entries()) {
    try {
      await capture.write(to);
    } catch (error) {
      // A capture is written or dropped, so that its marks do not stay for ever; a failed write was its one write.
      for (const unwritten of captures.slice(i + 1)) unwritten.drop();
      throw error;
    }
  }
}

/** Appends to a file, in the order of the calls, also when nobody waits between two of them. */
class Appender {
  /** Where the next bytes will stand. */
  position = 0;
  readonly #file: OpenFile;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #used = 0;
  #writtenTo = 0;
  #under: Promise<void> | undefined;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  /** With no promise the bytes were copied; else they must stay as they are until it settles. */
  append(bytes: Uint8Array): void | Promise<void> {
    this.position += bytes.length;
    if (this.#under === undefined && this.#used + bytes.length <= BUFFER_BYTES) {
      this.#put(bytes);
      return;
    }
    return this.#after(async () => {
      if (this.#used + bytes.length > BUFFER_BYTES) await this.#writeBuffer();
      if (bytes.length <= BUFFER_BYTES) this.#put(bytes);
      else await this.#write(bytes);
    });
  }

  flush(): Promise<void> {
    return this.#after(() => this.#writeBuffer());
  }

  /** All calls so far are done; the first failure of any of them is told. */
  async settled(): Promise<void> {
    await this.#under;
  }

  #after(fn: () => Promise<void>): Promise<void> {
    const under = (this.#under ?? Promise.resolve()).then(fn);
    const rest = (): void => {
      if (this.#under === under) this.#under = undefined;
    };
    // Told by whoever waits, and by `settled` in any case: a failure stays here.
    under.then(rest, () => {});
    this.#under = under;
    return under;
  }

  #put(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  async #writeBuffer(): Promise<void> {
    await this.#write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    await this.#file.write(bytes, this.#writtenTo);
    this.#writtenTo += bytes.length;
  }
}
