// Halves of what was seen: what is learnt from one is like the other, and a wrong model is found out.
import { describe, expect, it } from 'vitest';

import { fidelityPage } from '../../src/learn/fidelity-page.ts';
import { addPage, createHistory, type History } from '../../src/learn/history.ts';
import { learn } from '../../src/learn/learnt.ts';
import { normal } from '../../src/util/draws.ts';
import { Rng } from '../../src/util/rng.ts';
import { fidelityOf } from '../../src/verify/fidelity.ts';
import { parsePage } from '../../src/wire/parse.ts';

/** Pages a second apart, of a load that is drawn anew for each. */
function historyOf(pages: number): History {
  const rng = new Rng();
  const history = createHistory();
  let total = 1e6;
  for (let i = 0; i < pages; i++) {
    rng.seek(1, 2, i);
    const load = normal(rng);
    total += Math.round(500 + 200 * Math.max(-2, load));
    const used = 50 + 10 * load + normal(rng);
    const text = `# TYPE requests_total counter\nrequests_total{path="<a>"} ${total}\n# TYPE used gauge\nused ${used}\n# TYPE free gauge\nfree ${100 - used}\n# TYPE now gauge\nnow ${1767225600.25 + i}\n# TYPE still gauge\nstill 4\n`;
    addPage(history, parsePage(text, 'text'), i * 1000, `page ${i}`);
  }
  return history;
}

describe('what is learnt from one half', () => {
  it('is like the other half, by every rule', async () => {
    const fidelity = await fidelityOf(historyOf(1200));
    expect(fidelity.rules.filter(({ holds }) => !holds)).toEqual([]);
    expect(fidelity.rules).toHaveLength(8);
    expect(fidelity.compared.map(({ name }) => name)).toEqual(['requests_total', 'used', 'free', 'now']);
    const page = fidelityPage(fidelity);
    expect(page).toContain('requests_total{path="&lt;a&gt;"}');
    expect(page.match(/<polyline/g)).toHaveLength(8);
    expect(page).not.toMatch(/(src|href)=/);
  });

  const wrong: readonly (readonly [string, RegExp, (text: string) => string])[] = [
    ['levels that are other', /gauges/, (text) => text.replaceAll(/values: \[[^\]]*\]/g, 'values: [1, 2]')],
    ['rates of another size', /rates/, (text) => text.replaceAll(/rates: \[[^\]]*\]/g, 'rates: [9]')],
    [
      'nothing shared',
      /correlations/,
      (text) => text.replaceAll(/factors: \{ shared[^}]*\}/g, 'factors: {}'),
    ],
    ['another label', /family and label set/, (text) => text.replaceAll('<a>', '<b>')],
  ];
  it.each(wrong)('and then given %s is not', async (_, rule, spoil) => {
    const fidelity = await fidelityOf(historyOf(400), { textOf: (trained) => spoil(learn(trained).text) });
    expect(fidelity.holds).toBe(false);
    expect(fidelity.rules.filter(({ holds }) => !holds).some(({ text }) => rule.test(text))).toBe(true);
  });

  it('of a handful of pages is refused', async () => {
    await expect(fidelityOf(historyOf(15))).rejects.toThrow(/needs 16 pages or more, there are 15/);
  });
});
