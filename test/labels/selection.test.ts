import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseMatchers } from '../../src/labels/matchers.ts';
import { selectSlots } from '../../src/labels/selection.ts';
import { createLabelSpace, listDimension, rangeDimension, type Dimension } from '../../src/labels/space.ts';

const options = { yieldNow: () => Promise.resolve(), limit: <T>(work: () => T): T => work() };

const dimensions = [
  listDimension('region', ['eu', 'us', '']),
  rangeDimension('status', 198, 205, String),
  rangeDimension('pod', 0, 9, (n) => `pod-${n}`),
];
const space = createLabelSpace({ dimensions });

describe('the selection of slots', () => {
  it.each([
    ['{}', 240],
    ['{region="eu"}', 80],
    ['{region!="eu"}', 160],
    ['{region=""}', 80],
    ['{region=~"eu|us",status=~"20."}', 120],
    ['{pod=~"pod-[0-4]",status!~"20."}', 30],
    ['{status=~"20.",status!="200"}', 150],
    ['{zone=""}', 240],
    ['{zone!="a"}', 240],
    ['{zone="a"}', 0],
    ['{region="asia"}', 0],
  ])('%s is %i of 240', async (text, count) => {
    const selection = await selectSlots(space, parseMatchers(text), options);
    expect(selection.count).toBe(count);
    expect(selection.members.reduce((sum, one) => sum + one, 0)).toBe(count);
  });

  it('is that of asking each slot for its values, for any space and matchers', async () => {
    const matcher = fc
      .tuple(
        fc.constantFrom('region', 'status', 'pod', 'zone'),
        fc.constantFrom('=', '!=', '=~', '!~'),
        fc.constantFrom('eu', '', '20.', '200|201', 'pod-.*[13]', '.+'),
      )
      .map(([name, operator, value]) => `${name}${operator}"${value}"`);
    const spaces = fc.record({
      cap: fc.integer({ min: 1, max: 240 }),
      sampling: fc.constantFrom('first_n' as const, 'hash' as const),
    });
    await fc.assert(
      fc.asyncProperty(spaces, fc.array(matcher, { maxLength: 3 }), async (shape, texts) => {
        const own = createLabelSpace({ dimensions, ...shape });
        const matchers = parseMatchers(`{${texts.join()}}`);
        const { members, count } = await selectSlots(own, matchers, options);
        const expected = Array.from({ length: own.size }, (_, slot) =>
          Number(
            matchers.every(({ name, matches }) => {
              const d = own.names.indexOf(name);
              return matches(d < 0 ? '' : own.value(slot, d));
            }),
          ),
        );
        expect([...members]).toEqual(expected);
        expect(count).toBe(expected.reduce((sum, one) => sum + one, 0));
      }),
      { seed: 42 },
    );
  });

  it('looks at each value once, and at values that no slot has only where all have been made', async () => {
    const asked = new Map<string, number>();
    const counting = (dimension: Dimension): Dimension => ({
      ...dimension,
      value(index) {
        asked.set(`${dimension.name} ${index}`, (asked.get(`${dimension.name} ${index}`) ?? 0) + 1);
        return dimension.value(index);
      },
    });
    const huge = createLabelSpace({
      dimensions: [listDimension('region', ['eu', 'us']), rangeDimension('id', 1, 1e12, String)].map(
        counting,
      ),
      cap: 1000,
      sampling: 'hash',
    });
    await selectSlots(huge, parseMatchers('{region="eu",id=~".*7"}'), options);
    expect(Math.max(...asked.values())).toBe(1);
    expect(asked.size).toBeLessThanOrEqual(1002);
  });

  it('gives others their turn while it looks at many', async () => {
    let turns = 0;
    const wide = createLabelSpace({ dimensions: [rangeDimension('id', 1, 100_000, String)] });
    const yieldNow = (): Promise<void> => {
      turns += 1;
      return Promise.resolve();
    };
    await selectSlots(wide, parseMatchers('{id=~".*7"}'), { ...options, yieldNow });
    expect(turns).toBeGreaterThanOrEqual(12);
  });
});
