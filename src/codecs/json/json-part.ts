import type { BlockOpening, PartReader } from '../../core/format.ts';
import type { ColumnWishes } from '../column-kinds.ts';
import { type JsonColumnsOptions, projectionOf } from './projected.ts';
import { ProjectionReader } from './projection.ts';

/** Reads parts of a file of JSON lines as columns, in a thread. */
export function openPart(options: JsonColumnsOptions<ColumnWishes>, opening: BlockOpening): PartReader<unknown> {
  return new ProjectionReader(projectionOf(options), opening);
}
