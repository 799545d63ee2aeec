import { crc32c } from '../../base/crc32c.ts';

const encoder = new TextEncoder();

/** Which of the files belong to a partition: by their names, so that it stays the same whatever else is there. */
export function inPartition(name: string, partition: number, partitions: number): boolean {
  return partitions === 1 || crc32c(encoder.encode(name)) % partitions === partition;
}
