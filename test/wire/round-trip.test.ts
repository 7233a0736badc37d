import fc from 'fast-check';
import { expect, it } from 'vitest';

import { renderPage } from '../../src/wire/exposition.ts';
import type { PageFormat } from '../../src/wire/page.ts';
import { expected, OPENMETRICS_TYPES, TEXT_TYPES } from '../conformance/seen.ts';
import { familyInputs } from '../support/arbitraries.ts';
import { createFrame } from '../support/frames.ts';
import { seenOnPage } from '../support/pages.ts';

const FORMATS: readonly PageFormat[] = ['text', 'openmetrics'];
const TYPES = { text: TEXT_TYPES, openmetrics: OPENMETRICS_TYPES } as const;

it.each(FORMATS)('a %s page reads back as the frame that it shows', (format) => {
  fc.assert(
    fc.property(familyInputs(), (inputs) => {
      const frame = createFrame(inputs);
      expect(seenOnPage(renderPage(frame, { format }), format, { help: true })).toEqual(
        expected(frame, 'prometheus', { help: true, types: TYPES[format] }),
      );
    }),
    { numRuns: 300 },
  );
});

it.each(FORMATS)('a %s page with times reads back with them', (format) => {
  fc.assert(
    fc.property(familyInputs(), fc.nat(4e12), fc.nat(4e12), (inputs, wallMs, birthMs) => {
      const frame = createFrame(
        inputs.map((input) => ({ ...input, birthMs })),
        { wallMs },
      );
      const page = renderPage(frame, { format, timestamps: 'wall', created: true });
      const detail = { time: true, birth: format === 'openmetrics', types: TYPES[format] };
      expect(seenOnPage(page, format)).toEqual(expected(frame, 'prometheus', detail));
    }),
    { numRuns: 100 },
  );
});
