import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';

import { lengthField, Reader, varintField, varintSize, writeVarint } from '../../src/wire/protobuf.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('varints', () => {
  it('are those of protobufjs, for any whole number below 2^53', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = new Uint8Array(10);
        const end = writeVarint(bytes, 0, value);
        expect(end).toBe(varintSize(value));
        expect([...bytes.subarray(0, end)]).toEqual([...protobuf.Writer.create().uint64(value).finish()]);
        const reader = new Reader(varintField(1, value));
        reader.next();
        expect(reader.varint()).toBe(value);
      }),
    );
  });

  it('of negative int64 take ten bytes and are read back', () => {
    const bytes = Buffer.concat([hex('08'), protobuf.Writer.create().int64(-3).finish()]);
    const reader = new Reader(bytes);
    reader.next();
    expect(reader.int64()).toBe(-3);
  });
});

describe('nanoseconds', () => {
  it('become milliseconds exactly when they are whole ones', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (ms) => {
        const nanos = Buffer.alloc(8);
        nanos.writeBigUInt64LE(BigInt(ms) * 1_000_000n);
        const reader = new Reader(Buffer.concat([hex('09'), nanos]));
        reader.next();
        expect(reader.nanosAsMs()).toBe(ms);
      }),
    );
  });

  it('keep their fraction of a millisecond', () => {
    const nanos = Buffer.alloc(8);
    nanos.writeBigUInt64LE(1_767_225_600_000_500_000n);
    const reader = new Reader(Buffer.concat([hex('09'), nanos]));
    reader.next();
    expect(reader.nanosAsMs()).toBe(1_767_225_600_000.5);
  });
});

describe('a reader', () => {
  /** Goes over a message of fields 1 (text), 2 (double) and 3 (message), skipping others. */
  const readAll = (bytes: Buffer): string[] => {
    const found: string[] = [];
    const reader = new Reader(bytes);
    while (reader.next()) {
      if (reader.field === 1) found.push(reader.text());
      else if (reader.field === 2) found.push(String(reader.double()));
      else if (reader.field === 3) found.push(...readAll(Buffer.from(reader.blob())));
      else reader.skip();
    }
    return found;
  };

  it('passes over fields that it does not know, of every wire type', () => {
    const unknown = [hex('78 96 01'), hex('79 0000000000000000'), hex('7a 02 ffff'), hex('7d 00000000')];
    const bytes = Buffer.concat([...unknown, lengthField(3, lengthField(1, 'grün')), ...unknown]);
    expect(readAll(bytes)).toEqual(['grün']);
  });

  it.each([
    ['a length that goes past the end', '0a 05 61', 'truncated: 5 bytes expected, 1 left'],
    ['a varint without its end', '80', 'truncated: 1 bytes expected, 0 left'],
    ['a varint of eleven bytes', '78 ff ff ff ff ff ff ff ff ff ff 01', 'a varint of more than ten bytes'],
    ['half a double', '11 00 00 00 00', 'truncated: 8 bytes expected, 4 left'],
    ['text where a double belongs', '12 00', 'field 2 has wire type 2, not 1'],
    ['a number where text belongs', '08 01', 'field 1 has wire type 0, not 2'],
    ['a group', '7b', 'wire type 3 of field 15 is not used'],
    ['field number zero', '02 00', 'field number 0 is out of range'],
    ['text that is not UTF-8', '0a 02 c3 28', 'the text of field 1 is not UTF-8'],
  ])('refuses %s', (_, bytes, reason) => {
    expect(() => readAll(hex(bytes))).toThrow(reason);
  });

  it('counts a repeated message among other fields', () => {
    const long = lengthField(1, 'x'.repeat(20_000));
    const bytes = Buffer.concat([
      lengthField(1, 'a'),
      varintField(2, 7),
      lengthField(1, 'b'.repeat(200)),
      long,
    ]);
    expect(new Reader(bytes).countMessages(1)).toBe(3);
    expect(() => new Reader(bytes.subarray(0, -1)).countMessages(1)).toThrow('truncated');
    expect(() => new Reader(hex('0a 0a 00 00')).countMessages(1)).toThrow(
      'a message ends behind the one it is in',
    );
  });

  it('reads repeated doubles packed and not', () => {
    const read = (bytes: Buffer): number[] => {
      const out: number[] = [];
      const reader = new Reader(bytes);
      while (reader.next()) reader.repeated64(out, (from, at) => from.readDoubleLE(at));
      return out;
    };
    expect(read(hex('3a 10 000000000000f03f 0000000000000040'))).toEqual([1, 2]);
    expect(read(hex('39 000000000000f03f 39 0000000000000040'))).toEqual([1, 2]);
    expect(() => read(hex('3a 07 00000000000000'))).toThrow(
      'packed field 7 has 7 bytes, not a multiple of 8',
    );
  });
});
