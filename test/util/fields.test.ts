import { describe, expect, it } from 'vitest';

import { durationSeconds } from '../../src/util/fields.ts';

describe('durationSeconds', () => {
  it.each([
    [0, 0],
    [1.5, 1.5],
    ['500ms', 0.5],
    ['15s', 15],
    ['1h30m', 5400],
  ])('reads %j as %d seconds', (written, seconds) => {
    expect(durationSeconds().parse(written)).toBe(seconds);
  });

  it.each(['90', '', '2 minutes', '-1s'])('refuses %j and says what is allowed', (written) => {
    const { error } = durationSeconds().safeParse(written);
    expect(error?.issues[0]?.message).toBe(
      `is ${JSON.stringify(written)}; needs a duration: seconds as a number, or with units as "500ms", "15s", "2m", "1h30m"`,
    );
  });

  it.each<[unknown, string]>([
    [undefined, 'is missing'],
    [null, 'is empty'],
    [true, 'is true'],
    [[1], 'is a list'],
    [{ s: 1 }, 'is a mapping'],
  ])('refuses %j as no duration, not as neither number nor text', (written, found) => {
    const { error } = durationSeconds().safeParse(written);
    expect(error?.issues[0]?.message).toMatch(new RegExp(`^${found}; needs a duration: seconds as a number`));
  });

  it('has a default that is not parsed again', () => {
    expect(durationSeconds().default(60).parse(undefined)).toBe(60);
  });
});
