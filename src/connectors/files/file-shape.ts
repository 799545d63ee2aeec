import type { Codec, Encoder } from '../../core/codec.ts';
import { HeadraceError } from '../../core/error.ts';
import type { FileFormat, WritingFormat } from '../../core/format.ts';
import { byteCount, milliseconds, wholeNumber } from '../../core/units.ts';
import type { FileSinkOptions } from './file-sink-options.ts';
import { type Route, routeOf } from './folders.ts';
import { FormatWriter } from './format-writer.ts';
import { requireLines } from './framing.ts';
import { LineWriter } from './line-writer.ts';
import { compressionOf, packing } from './packing.ts';
import type { PieceWriting } from './piece-writer.ts';
import { type Fullness, NEVER_FULL, type RecordWriter } from './record-writer.ts';

/** Everything the options of a sink say, checked. */
export interface FileShape<T> {
  readonly id: string;
  readonly path: string;
  /** A run without a checkpoint removes what earlier runs wrote. */
  readonly replaces: boolean;
  /** Records are divided among several files. */
  readonly isDivided: boolean;
  readonly rolling: { readonly route: Route<T> | undefined; readonly openFiles: number; readonly everyMs: number | undefined };
  /** A file of ours ends with a line end, and can be looked at. */
  readonly endsLines: boolean;
  /** Where values may be encoded before they come here. */
  readonly lines: Encoder<T> | undefined;
  begin(beginning: Beginning): RecordWriter<T>;
}

export interface Beginning extends Pick<PieceWriting, 'open' | 'closesLine'> {
  /** Names the file in errors. */
  readonly where: string;
  /** The file has no records yet. */
  readonly isEmpty: boolean;
}

export function fileShape<T>(path: string, format: Codec<T> | FileFormat<T>, options: FileSinkOptions<T>): FileShape<T> {
  const id = `file:${path}`;
  const { mode = 'replace', roll = {}, into, openFiles = 64 } = options;
  const { writing } = format;
  const lines = writing === undefined ? linesOf(format, id) : undefined;
  const bufferBytes = Math.max(1, byteCount(options.bufferBytes ?? '256KiB', 'option bufferBytes'));
  const compression = compressionOf(path, options.compression);
  const newPacker = packing(compression, options.level, id);
  const isDivided = into !== undefined || Object.keys(roll).length > 0;
  if (writing !== undefined)
    requireFitting(format, writing, { id, grows: mode === 'append' && !isDivided, isPacked: newPacker !== undefined });
  const fullness = fullnessOf(options);
  const everyMs = roll.every === undefined ? undefined : Math.max(1, milliseconds(roll.every, 'option roll.every'));
  return {
    id,
    path,
    replaces: mode !== 'append',
    isDivided,
    rolling: { route: into === undefined ? undefined : routeOf(into, id), openFiles: wholeNumber(openFiles, 'option openFiles'), everyMs },
    endsLines: newPacker === undefined && (lines !== undefined || ('framing' in format && format.framing === 'lines')),
    lines,
    begin({ where, isEmpty, ...beginning }) {
      const out = { ...beginning, id, bufferBytes, fullness, packer: newPacker?.() };
      return writing === undefined
        ? new LineWriter({ ...out, codec: lines! })
        : new FormatWriter({ ...out, encoder: writing.open({ where, isEmpty }) });
    },
  };
}

function linesOf<T>(format: Codec<T> | FileFormat<T>, id: string): Encoder<T> {
  if ('encode' in format) {
    requireLines(format, id);
    return format;
  }
  throw new HeadraceError({
    code: 'HR_FORMAT_READ_ONLY',
    where: id,
    what: `files of the format '${format.kind}' can be read and not be written`,
    todo: 'Write another format, such as json() or csv().',
  });
}

function fullnessOf({ roll = {} }: Pick<FileSinkOptions, 'roll'>): Fullness {
  return {
    bytes: roll.bytes === undefined ? NEVER_FULL.bytes : Math.max(1, byteCount(roll.bytes, 'option roll.bytes')),
    records: roll.records === undefined ? NEVER_FULL.records : wholeNumber(roll.records, 'option roll.records'),
  };
}

function requireFitting<T>(
  format: FileFormat<T>,
  writing: WritingFormat<T>,
  { id, grows, isPacked }: { readonly id: string; readonly grows: boolean; readonly isPacked: boolean },
): void {
  if (grows && !writing.canAppend) {
    throw new HeadraceError({
      code: 'HR_FORMAT_NOT_APPENDABLE',
      where: id,
      what: `a file of the format '${format.kind}' has an end, behind which nothing can be appended`,
      todo: 'Write numbered files: leave mode out, or give roll, such as roll: { records: 1000000 }.',
    });
  }
  if (isPacked && (format.pages !== undefined || writing.open({ where: id, isEmpty: true }).patch !== undefined)) {
    throw new HeadraceError({
      code: 'HR_FORMAT_NOT_COMPRESSIBLE',
      where: id,
      what: `a file of the format '${format.kind}' is not written from front to back, and cannot be compressed as a whole`,
      todo: 'Leave the compression to the format, where it has an option for it, and end the path in its own ending.',
    });
  }
}
