/** The parts of the protobuf encoding that our messages need: varints, tags, fields, and a strict reader. */

/** Wire types. Groups (3 and 4) are long dead and refused. */
const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
const FIXED32 = 5;

/** Bytes of a varint; `value` is an integer in [0, 2^53). */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Writes a varint and returns where it ends; `value` is an integer in [0, 2^53). */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let end = at;
  while (rest >= 0x80) {
    bytes[end++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[end++] = rest;
  return end;
}

/** A field with a length: text, bytes, or a message put together from its fields. For what is not in a hot path. */
export function lengthField(number: number, ...payload: readonly (string | Uint8Array)[]): Uint8Array {
  const parts = payload.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([varint(number * 8 + LENGTH), varint(length), ...parts]);
}

/** A varint field. */
export function varintField(number: number, value: number): Uint8Array {
  return Buffer.concat([varint(number * 8 + VARINT), varint(value)]);
}

function varint(value: number): Uint8Array {
  const bytes = new Uint8Array(varintSize(value));
  writeVarint(bytes, 0, value);
  return bytes;
}

/** Bytes that are not what they should be; the message says what, and at which byte. */
export class MalformedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MalformedError';
  }
}

/**
 * Short texts read lately, by a hash of their bytes: names and label values come again and again, and finding one here is
 * several times faster than making it anew.
 */
const RECENT_SIZE = 8192;
const RECENT_LENGTH = 64;
const RECENT: string[] = Array.from({ length: RECENT_SIZE }, () => '');

function isText(bytes: Uint8Array, from: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text.charCodeAt(i)) return false;
  return true;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Walks the fields of one message: `while (reader.next()) switch (reader.field) ...`, where every field is either
 * read with the method of its type or skipped. Anything that is not well formed throws a MalformedError.
 */
export class Reader {
  /** Number and wire type of the field that `next` came to. */
  field = 0;
  private wire = 0;
  private at: number;
  private readonly end: number;
  private readonly bytes: Buffer;

  constructor(bytes: Uint8Array, from = 0, end = bytes.length) {
    this.bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = from;
    this.end = end;
  }

  /** Comes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.rawVarint();
    this.field = Math.floor(tag / 8);
    this.wire = tag % 8;
    if (this.field < 1 || this.field > 0x1fffffff)
      throw this.malformed(`field number ${this.field} is out of range`);
    return true;
  }

  /** An unsigned varint below 2^53: lengths, enumerations, flags. */
  varint(): number {
    this.expect(VARINT);
    const value = this.rawVarint();
    if (value > Number.MAX_SAFE_INTEGER) throw this.malformed(`field ${this.field} is too large`);
    return value;
  }

  /** An int64 as the nearest double; negative ones take ten bytes. */
  int64(): number {
    this.expect(VARINT);
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
      if (shift > 56n) throw this.malformed('a varint of more than ten bytes');
    }
  }

  double(): number {
    this.expect(FIXED64);
    return this.bytes.readDoubleLE(this.advance(8));
  }

  /** An unsigned 64-bit number as the nearest double: exact below 2^53. */
  fixed64(): number {
    this.expect(FIXED64);
    const at = this.advance(8);
    return this.bytes.readUInt32LE(at) + this.bytes.readUInt32LE(at + 4) * 2 ** 32;
  }

  sfixed64(): number {
    this.expect(FIXED64);
    return Number(this.bytes.readBigInt64LE(this.advance(8)));
  }

  /** Nanoseconds since the Unix epoch as milliseconds; exact for whole ones. */
  nanosAsMs(): number {
    this.expect(FIXED64);
    const at = this.advance(8);
    // 2^32 is 4294 * 10^6 + 967296; both products stay below 2^53.
    const high = this.bytes.readUInt32LE(at + 4);
    const rest = high * 967_296 + this.bytes.readUInt32LE(at);
    const whole = Math.floor(rest / 1e6);
    return high * 4294 + whole + (rest - whole * 1e6) / 1e6;
  }

  /** A nested message. */
  message(): Reader {
    this.expect(LENGTH);
    const length = this.rawVarint();
    const from = this.advance(length);
    return new Reader(this.bytes, from, from + length);
  }

  /** Appends a repeated 64-bit field, packed or not, read by `read` at each byte position. */
  repeated64(out: number[], read: (bytes: Buffer, at: number) => number): void {
    if (this.wire === FIXED64) {
      out.push(read(this.bytes, this.advance(8)));
      return;
    }
    this.expect(LENGTH);
    const length = this.rawVarint();
    if (length % 8 !== 0)
      throw this.malformed(`packed field ${this.field} has ${length} bytes, not a multiple of 8`);
    const from = this.advance(length);
    for (let at = from; at < from + length; at += 8) out.push(read(this.bytes, at));
  }

  text(): string {
    this.expect(LENGTH);
    const length = this.rawVarint();
    const from = this.advance(length);
    const { bytes } = this;
    let hash = 0;
    for (let at = from; at < from + length; at++) {
      const byte = bytes[at] as number;
      if (byte >= 0x80) return this.decodeUtf8(from, from + length);
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    const entry = (hash ^ (hash >>> 15)) & (RECENT_SIZE - 1);
    const recent = RECENT[entry] as string;
    if (recent.length === length && isText(bytes, from, recent)) return recent;
    const text = bytes.toString('latin1', from, from + length);
    if (length <= RECENT_LENGTH) RECENT[entry] = text;
    return text;
  }

  blob(): Buffer {
    this.expect(LENGTH);
    const length = this.rawVarint();
    const from = this.advance(length);
    return this.bytes.subarray(from, from + length);
  }

  /** Reads to the end of the message and tells how often a message field came; what is in them is passed over. */
  countMessages(field: number): number {
    const { bytes, end } = this;
    const tag = field * 8 + LENGTH;
    let count = 0;
    for (;;) {
      // Nearly every field of a long message is this one, with a length of one or two bytes.
      while (this.at + 2 < end && bytes[this.at] === tag) {
        const low = bytes[this.at + 1] as number;
        const high = bytes[this.at + 2] as number;
        if (low >= 0x80 && high >= 0x80) break;
        const next = low < 0x80 ? this.at + 2 + low : this.at + 3 + (low & 0x7f) + high * 0x80;
        if (next > end) throw this.malformed('truncated: a message ends behind the one it is in');
        this.at = next;
        count++;
      }
      if (!this.next()) return count;
      if (this.field === field && this.wire === LENGTH) count++;
      this.skip();
    }
  }

  skip(): void {
    switch (this.wire) {
      case VARINT:
        this.rawVarint();
        break;
      case FIXED64:
        this.advance(8);
        break;
      case LENGTH:
        this.advance(this.rawVarint());
        break;
      case FIXED32:
        this.advance(4);
        break;
      default:
        throw this.malformed(`wire type ${this.wire} of field ${this.field} is not used`);
    }
  }

  malformed(message: string): MalformedError {
    return new MalformedError(`${message} (at byte ${this.at})`);
  }

  private decodeUtf8(from: number, to: number): string {
    try {
      return utf8.decode(this.bytes.subarray(from, to));
    } catch {
      throw this.malformed(`the text of field ${this.field} is not UTF-8`);
    }
  }

  private expect(wire: number): void {
    if (this.wire !== wire)
      throw this.malformed(`field ${this.field} has wire type ${this.wire}, not ${wire}`);
  }

  private byte(): number {
    return this.bytes[this.advance(1)] as number;
  }

  /** Moves on by `length` bytes and returns where they begin. */
  private advance(length: number): number {
    const from = this.at;
    if (length > this.end - from)
      throw this.malformed(`truncated: ${length} bytes expected, ${this.end - from} left`);
    this.at = from + length;
    return from;
  }

  private rawVarint(): number {
    let byte = this.byte();
    let value = byte & 0x7f;
    for (let factor = 0x80; byte >= 0x80; factor *= 0x80) {
      if (factor > 2 ** 63) throw this.malformed('a varint of more than ten bytes');
      byte = this.byte();
      value += (byte & 0x7f) * factor;
    }
    return value;
  }
}
