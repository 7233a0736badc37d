import { describe, expect, it } from 'vitest';

import { runWithin } from '../../src/util/within.ts';

const tooLate = () => new Error('too late');

describe('work within a limit', () => {
  it('is what the work gives', () => {
    expect(runWithin(1000, () => 5, tooLate)).toBe(5);
  });

  it('passes on the failure of the work', () => {
    const fail = () => {
      throw new TypeError('broken');
    };
    expect(() => runWithin(1000, fail, tooLate)).toThrow(new TypeError('broken'));
  });

  it('is cut off in the midst of a pattern that would take for ever', () => {
    const text = 'a'.repeat(100);
    expect(() => runWithin(20, () => /^(a+)+b$/.test(text), tooLate)).toThrow('too late');
    expect(runWithin(1000, () => 6, tooLate)).toBe(6);
  });
});
