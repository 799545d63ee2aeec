/** The part of a Node Readable that is used. */
export interface NodeReadable {
  read(): unknown;
  readonly readableEnded: boolean;
  readonly destroyed: boolean;
  readonly closed: boolean;
  readonly errored: Error | null;
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
  destroy(error?: Error): unknown;
}

/** The part of a Node Writable that is used. */
export interface NodeWritable {
  write(value: unknown, written: () => void): boolean;
  end(): unknown;
  readonly writableNeedDrain: boolean;
  readonly writableFinished: boolean;
  readonly writableEnded: boolean;
  readonly destroyed: boolean;
  readonly closed: boolean;
  readonly errored: Error | null;
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
  destroy(error?: Error): unknown;
}

/** The part of a Web ReadableStream that is used. */
export interface WebReadable<T> {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: T | undefined }>;
    cancel(reason?: unknown): Promise<void>;
    releaseLock(): void;
  };
}

/** The part of a Web WritableStream that is used. */
export interface WebWritable<T> {
  getWriter(): {
    readonly desiredSize: number | null;
    readonly ready: Promise<unknown>;
    write(value: T): Promise<void>;
    close(): Promise<void>;
    abort(reason?: unknown): Promise<void>;
    releaseLock(): void;
  };
}
