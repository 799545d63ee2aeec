import { SizeMeter } from '../base/size.ts';
import { HeadraceError } from '../core/error.ts';

/**
 * The bytes of each value: the user's own measure, or exact for text and bytes and an estimate for objects. Throws what
 * the user's function throws, and when it answers something that is no size: the record is refused then.
 */
export function sizing<T>(sizeOf: ((value: T) => number) | undefined, where: string): (value: T) => number {
  if (sizeOf === undefined) {
    const meter = new SizeMeter();
    return (value) => meter.of(value);
  }
  return (value) => {
    const bytes: unknown = sizeOf(value);
    if (typeof bytes === 'number' && bytes >= 0 && bytes < Number.POSITIVE_INFINITY) return bytes;
    throw new HeadraceError({
      code: 'HR_SIZE_INVALID',
      action: 'deadLetter',
      what: `sizeOf answered ${typeof bytes === 'number' ? bytes : typeof bytes} for the size of a record`,
      where,
      todo: 'Answer its bytes, a number of at least 0.',
    });
  };
}
