/** What comes back: ExportMetricsServiceResponse, and google.rpc.Status with its retry hint. */
import { lengthField, Reader, varintField } from './protobuf.ts';

/** What a backend did not take of a request that it answered well. */
export interface PartialSuccess {
  readonly rejected: number;
  /** Why, or with no rejected point a warning; may be empty. */
  readonly message: string;
}

/** An answer: empty when all was taken. */
export function encodeExportResponse(partial: PartialSuccess | undefined): Uint8Array {
  if (partial === undefined) return new Uint8Array();
  return lengthField(1, varintField(1, partial.rejected), lengthField(2, partial.message));
}

/** Throws a MalformedError when the bytes are not an answer. */
export function decodeExportResponse(bytes: Uint8Array): PartialSuccess {
  const partial = { rejected: 0, message: '' };
  const response = new Reader(bytes);
  while (response.next()) {
    if (response.field !== 1) {
      response.skip();
      continue;
    }
    const reader = response.message();
    while (reader.next()) {
      if (reader.field === 1) partial.rejected = reader.int64();
      else if (reader.field === 2) partial.message = reader.text();
      else reader.skip();
    }
  }
  return partial;
}

/** An error's details as the protocol sends them, in a gRPC trailer or an HTTP body. */
export interface RpcStatus {
  readonly message: string;
  /** Milliseconds that the backend asks to wait before trying again; `undefined` when it does not invite to. */
  readonly retryAfterMs: number | undefined;
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

/** A google.rpc.Status with a RetryInfo, if one is given. */
export function encodeStatus(code: number, message: string, retryAfterMs?: number): Uint8Array {
  const fields = [varintField(1, code), lengthField(2, message)];
  if (retryAfterMs !== undefined) {
    const seconds = Math.floor(retryAfterMs / 1000);
    const nanos = Math.round((retryAfterMs - seconds * 1000) * 1e6);
    const delay = lengthField(1, varintField(1, seconds), varintField(2, nanos));
    fields.push(lengthField(3, lengthField(1, RETRY_INFO), lengthField(2, delay)));
  }
  return Buffer.concat(fields);
}

/** Reads a google.rpc.Status; `undefined` when the bytes are something else. */
export function decodeStatus(bytes: Uint8Array): RpcStatus | undefined {
  try {
    return readStatus(new Reader(bytes));
  } catch {
    return undefined;
  }
}

function readStatus(reader: Reader): RpcStatus {
  let message = '';
  let retryAfterMs: number | undefined;
  while (reader.next()) {
    if (reader.field === 2) message = reader.text();
    else if (reader.field === 3) retryAfterMs = readRetryInfo(reader.message()) ?? retryAfterMs;
    else reader.skip();
  }
  return { message, retryAfterMs };
}

/** The delay of a detail that is a RetryInfo. */
function readRetryInfo(any: Reader): number | undefined {
  let type = '';
  let value: Reader | undefined;
  while (any.next()) {
    if (any.field === 1) type = any.text();
    else if (any.field === 2) value = any.message();
    else any.skip();
  }
  if (type !== RETRY_INFO) return undefined;
  let delayMs = 0;
  while (value?.next() === true) {
    if (value.field === 1) delayMs = readDuration(value.message());
    else value.skip();
  }
  return delayMs;
}

function readDuration(reader: Reader): number {
  let ms = 0;
  while (reader.next()) {
    if (reader.field === 1) ms += reader.int64() * 1000;
    else if (reader.field === 2) ms += reader.int64() / 1e6;
    else reader.skip();
  }
  return ms;
}
