import { describe, expect, it } from 'vitest';

import { createHide, secretsOfHeader } from '../../src/util/secrets.ts';

describe('hiding', () => {
  it.each<[string, string[], string, string]>([
    ['every occurrence', ['secret1'], 'a secret1 and secret1', 'a *** and ***'],
    ['a secret as JSON writes it', ['a "b" \\ c'], 'is a \\"b\\" \\\\ c', 'is ***'],
    ['the longer of two of which one holds the other', ['open', 'Bearer open'], 'Bearer open', '***'],
    ['nothing that is too short to be one', ['abc'], 'abc', 'abc'],
    ['nothing without secrets', [], 'a text', 'a text'],
    ['a replacement pattern as it is', ['$&$&'], 'x $&$& x', 'x *** x'],
  ])('takes %s', (_, secrets, text, hidden) => {
    expect(createHide(secrets)(text)).toBe(hidden);
  });
});

describe('the secrets of a header', () => {
  it.each([
    ['Bearer sesame', ['Bearer sesame', 'sesame']],
    ['basic c2VzYW1l', ['basic c2VzYW1l', 'c2VzYW1l']],
    ['sesame', ['sesame']],
    ['a sentence of words', ['a sentence of words']],
  ])('%s', (value, secrets) => {
    expect(secretsOfHeader(value)).toEqual(secrets);
  });
});
