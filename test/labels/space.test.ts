import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createLabelSpace,
  listDimension,
  MAX_PRODUCT,
  productOf,
  rangeDimension,
  type Dimension,
  type LabelSpace,
  type LabelSpaceOptions,
} from '../../src/labels/space.ts';

const letters = listDimension('letter', ['a', 'b', 'c']);
const numbers = rangeDimension('number', 1, 4, String);

function labelSets(space: LabelSpace): string[] {
  return Array.from({ length: space.size }, (_, slot) =>
    space.names.map((name, d) => `${name}=${space.value(slot, d)}`).join(','),
  );
}

/** Dimensions of 1 to 7 values each; at most 7^4 combinations. */
const dimensions = fc
  .array(fc.integer({ min: 1, max: 7 }), { maxLength: 4 })
  .map((counts) => counts.map((count, d) => rangeDimension(`d${d}`, 0, count - 1, String)));

describe('a label space', () => {
  it('is the product in declaration order, the last label fastest', () => {
    expect(labelSets(createLabelSpace({ dimensions: [letters, numbers] })).slice(0, 6)).toEqual([
      'letter=a,number=1',
      'letter=a,number=2',
      'letter=a,number=3',
      'letter=a,number=4',
      'letter=b,number=1',
      'letter=b,number=2',
    ]);
  });

  it('without labels is one series', () => {
    const space = createLabelSpace({ dimensions: [] });
    expect(space).toMatchObject({ names: [], product: 1, size: 1 });
    expect(labelSets(space)).toEqual(['']);
  });

  it('capped by first_n is a prefix of the product', () => {
    fc.assert(
      fc.property(dimensions, fc.integer({ min: 1, max: 3000 }), (dims, cap) => {
        const whole = labelSets(createLabelSpace({ dimensions: dims }));
        const capped = labelSets(createLabelSpace({ dimensions: dims, cap, sampling: 'first_n' }));
        expect(capped).toEqual(whole.slice(0, cap));
      }),
      { numRuns: 50 },
    );
  });

  it('capped by hash holds distinct label sets of the product', () => {
    fc.assert(
      fc.property(dimensions, fc.integer({ min: 1, max: 3000 }), fc.string(), (dims, cap, permutationKey) => {
        const whole = new Set(labelSets(createLabelSpace({ dimensions: dims })));
        const capped = labelSets(
          createLabelSpace({ dimensions: dims, cap, sampling: 'hash', permutationKey }),
        );
        expect(capped).toHaveLength(Math.min(cap, whole.size));
        expect(new Set(capped).size).toBe(capped.length);
        expect(capped.every((labels) => whole.has(labels))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps its series when a hash cap grows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 1, max: 999 }), (one, other) => {
        const at = (cap: number) =>
          labelSets(
            createLabelSpace({
              dimensions: [rangeDimension('x', 0, 99, String), rangeDimension('y', 0, 9, String)],
              cap,
              sampling: 'hash',
              permutationKey: 'p',
            }),
          );
        const small = Math.min(one, other);
        expect(at(Math.max(one, other)).slice(0, small)).toEqual(at(small));
      }),
      { numRuns: 30 },
    );
  });

  it('gives other values of the first label too when it is capped by hash', () => {
    const options: LabelSpaceOptions = {
      dimensions: [rangeDimension('first', 0, 99, String), rangeDimension('second', 0, 99, String)],
      cap: 500,
    };
    const firsts = (sampling: 'first_n' | 'hash') =>
      new Set(labelSets(createLabelSpace({ ...options, sampling })).map((labels) => labels.split(',')[0]))
        .size;
    expect(firsts('first_n')).toBe(5);
    expect(firsts('hash')).toBeGreaterThan(90);
  });

  it('is the same when its parts are put together', () => {
    const options: LabelSpaceOptions = {
      dimensions: [letters, numbers],
      cap: 10,
      sampling: 'hash',
      permutationKey: 'p',
    };
    const parts = [0, 3, 6, 10];
    const together = parts
      .slice(1)
      .flatMap((to, i) =>
        labelSets(createLabelSpace({ ...options, part: { from: parts[i] as number, to } })),
      );
    expect(together).toEqual(labelSets(createLabelSpace(options)));
  });

  it('of 10^12 label sets is capped to 10^6 without being built', () => {
    const dims: Dimension[] = ['a', 'b', 'c'].map((name) => rangeDimension(name, 1, 1e4, String));
    const space = createLabelSpace({ dimensions: dims, cap: 1e6, sampling: 'hash', permutationKey: 'p' });
    expect(space).toMatchObject({ product: 1e12, size: 1e6 });
    const digits = new Int32Array(3);
    const seen = new Float64Array(space.size);
    for (let slot = 0; slot < space.size; slot++) {
      space.digits(slot, digits);
      seen[slot] = ((digits[0] as number) * 1e4 + (digits[1] as number)) * 1e4 + (digits[2] as number);
    }
    seen.sort();
    let repeats = 0;
    for (let i = 1; i < seen.length; i++) repeats += Number(seen[i] === seen[i - 1]);
    expect(repeats).toBe(0);
  });

  it.each([
    ['2^53 - 1, the largest', [rangeDimension('x', 1, MAX_PRODUCT, String)], true],
    ['2^53', [rangeDimension('x', 1, 2 ** 26, String), rangeDimension('y', 1, 2 ** 27, String)], false],
    ['10^18', ['a', 'b', 'c'].map((name) => rangeDimension(name, 1, 1e6, String)), false],
  ])('of %s label sets: accepted is %s', (_, dims, accepted) => {
    const make = () => createLabelSpace({ dimensions: dims, cap: 5, sampling: 'hash' });
    if (accepted) expect(labelSets(make())).toHaveLength(5);
    else expect(make).toThrow('larger than 2^53');
    expect(productOf({ dimensions: dims }) <= MAX_PRODUCT).toBe(accepted);
  });
});
