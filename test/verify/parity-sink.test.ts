import { describe, expect, it } from 'vitest';

import type { Parity } from '../../src/verify/parity.ts';
import { createParitySink } from '../../src/verify/parity-sink.ts';
import { yieldNow } from '../../src/util/turns.ts';
import { createTestContext } from '../support/context.ts';
import { createFrame } from '../support/frames.ts';

/** A parity sink whose pages are handed out by hand. */
function createRig(exportTicks = 2) {
  const scraped: string[] = [];
  const missed: string[] = [];
  const pages: ((text: string) => void)[] = [];
  const context = createTestContext();
  const parity: Parity = {
    received: () => undefined,
    scraped: (tick, _, text) => void scraped.push(`${tick} ${text}`),
    missed: (tick, why) => void missed.push(`${tick} ${why}`),
    settle: () => undefined,
    follow: (stored) => void missed.push(`follows ${stored}`),
    tooMany: false,
    report: () => ({ state: 'waiting', tick: -1, series: 0, samples: 0, differing: 0, examples: [] }),
  };
  const sink = createParitySink({
    parity,
    isBoundary: (tick) => tick % exportTicks === 0,
    context,
    scrape: () => new Promise((resolve) => pages.push(resolve)),
  });
  const show = async (tick: number): Promise<void> => {
    context.frame = createFrame([], { tick });
    await sink.frame(context.frame);
    await turns();
  };
  return { sink, context, parity, scraped, missed, pages, show };
}

async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await yieldNow();
}

describe('the parity sink', () => {
  it('scrapes at export boundaries and hands the page over with its tick', async () => {
    const { show, pages, scraped } = createRig();
    await show(2);
    pages[0]?.('page');
    await turns();
    await show(3);
    expect(pages).toHaveLength(1);
    expect(scraped).toEqual(['2 page']);
  });

  it('tells how many series there are to compare when families change', async () => {
    const { sink, missed } = createRig();
    const { families } = createFrame([
      { name: 'size', type: 'histogram', bounds: [1], series: [{ counts: [0, 0], sum: 0 }] },
    ]);
    await sink.change?.({ families: families.map(({ family }) => family), successions: new Map() });
    expect(missed).toEqual(['follows 4']);
  });

  it('leaves a page away that may be of a later tick', async () => {
    const { show, pages, scraped, missed } = createRig();
    await show(2);
    await show(3);
    pages[0]?.('late');
    await turns();
    expect(scraped).toEqual([]);
    expect(missed).toEqual(['2 it came after tick 3, so it may be of a later one']);
  });

  it('does not scrape again while it waits for a page', async () => {
    const { show, pages } = createRig();
    await show(2);
    await show(4);
    expect(pages).toHaveLength(1);
  });

  it('scrapes the last tick when the run holds, behind the page that is under way', async () => {
    const { sink, show, pages, scraped } = createRig();
    await show(2);
    await show(3);
    await sink.flush?.();
    pages[0]?.('late');
    await turns();
    pages[1]?.('held');
    await turns();
    expect(scraped).toEqual(['3 held']);
  });

  it('scrapes the last tick, though it was a boundary, when the page before was under way then', async () => {
    const { sink, show, pages, scraped } = createRig();
    await show(2);
    await show(4);
    await sink.flush?.();
    await sink.flush?.();
    pages[0]?.('late');
    await turns();
    pages[1]?.('held');
    await turns();
    expect(pages).toHaveLength(2);
    expect(scraped).toEqual(['4 held']);
  });

  it('does not scrape the last tick again when the run holds', async () => {
    const { sink, show, pages, scraped } = createRig();
    await show(2);
    await sink.flush?.();
    pages[0]?.('held');
    await turns();
    expect(pages).toHaveLength(1);
    expect(scraped).toEqual(['2 held']);
  });

  it('goes on when a page cannot be had', async () => {
    const { sink, show, context, parity, missed } = createRig();
    const failing = createParitySink({
      parity,
      isBoundary: () => true,
      context,
      scrape: () => Promise.reject(new Error('refused')),
    });
    context.frame = createFrame([], { tick: 1 });
    await failing.frame(context.frame);
    await turns();
    expect(missed).toEqual(['1 refused']);
    expect(context.logged).toEqual(['debug: parity: the page of tick 1 could not be scraped']);
    await show(2);
    await sink.stop(0);
  });
});
