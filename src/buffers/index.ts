export { fill } from './bridges.ts';
export { bufferSink, bufferSource, type ReadEnd, type WriteEnd } from './ends.ts';
export type { BatchesOptions, Overflow, StreamBufferOptions, WaitOptions } from './options.ts';
export { type RateLimit, RateLimiter } from './rate-limiter.ts';
export { StreamBuffer } from './stream-buffer.ts';
