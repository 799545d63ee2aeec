import { SizeMeter } from '../base/size.ts';
import { wrongSize } from './errors.ts';

export interface ItemSize<T> {
  of(item: T): number;
}

/** The user's own measure, checked, or the estimate where there is none. */
export function itemSize<T>(sizeOf: ((item: T) => number) | undefined, where: string): ItemSize<T> {
  if (sizeOf === undefined) return new SizeMeter();
  return {
    of(item) {
      const size = sizeOf(item);
      if (size >= 0) return size;
      throw wrongSize(where, size);
    },
  };
}
