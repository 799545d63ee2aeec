/** Where a sketch puts a magnitude: an index that grows with the logarithm, so that a bucket is wide in proportion. */
export interface BucketScale {
  /** How many pages of 64 buckets reach over 35 decades: 64 at an error of 1 %, and no fewer. */
  readonly pages: number;
  /** Of the bucket of a positive normal number; the buckets of 1 and less than 1 have indexes of 0 and below. */
  indexOf(magnitude: number): number;
  /** The number that is off by the same share from both ends of a bucket, when 2^level neighbours are one. */
  middleOf(index: number, level: number): number;
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
double[0] = 1;
const HIGH = words[1] === 0 ? 0 : 1;
const LOW = 1 - HIGH;

// A cubic that is near the logarithm between two powers of two, as in DataDog's DDSketch: no table, no call, and the
// same index on every machine, which `Math.log` does not promise. It costs 1 % more buckets than the logarithm would.
const A = 6 / 35;
const B = -3 / 5;
const C = 10 / 7;

/**
 * Buckets whose middle is off by at most `error` of the value. The steepest place of the cubic decides: there a step of
 * the index is 10/7 of a step of the natural logarithm.
 */
export function bucketScale(error: number): BucketScale {
  const perOctave = 0.7 / Math.log((1 + error) / (1 - error));
  return {
    pages: Math.max(64, Math.ceil(0.64 / error)),
    indexOf(magnitude) {
      double[0] = magnitude;
      const high = words[HIGH]!;
      // From the two words, and not by writing another exponent and reading the double: that would wait for the store.
      const s = (high & 0xfffff) * 2 ** -20 + words[LOW]! * 2 ** -52;
      return Math.ceil((((A * s + B) * s + C) * s + ((high >>> 20) - 1023)) * perOctave);
    },
    middleOf(index, level) {
      const width = 2 ** level;
      const low = magnitudeAt(((index - 1) * width) / perOctave);
      const high = magnitudeAt((index * width) / perOctave);
      // 2 low high / (low + high), where high may be beyond the largest number.
      return (2 * low) / (low / high + 1);
    },
  };
}

/** The inverse of the cubic, by Newton's method; it rises everywhere, and five steps are more than enough. */
function magnitudeAt(height: number): number {
  const octave = Math.floor(height);
  const rest = height - octave;
  let s = rest;
  for (let i = 0; i < 6; i++) s -= (((A * s + B) * s + C) * s - rest) / ((3 * A * s + 2 * B) * s + C);
  return (1 + s) * 2 ** octave;
}
