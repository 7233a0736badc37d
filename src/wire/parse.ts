/**
 * A strict reader of pages. It keeps every sample or says why not, with the line; what a lenient reader would
 * take, it takes too and reports: interrupted families, buckets that fall, a counter without `_total` in OpenMetrics.
 */
import { isUtf8 } from 'node:buffer';

import type {
  Label,
  Page,
  PageBucket,
  PageFamily,
  PageFormat,
  PagePoint,
  PageProblem,
  PageQuantile,
  PageType,
} from './page.ts';
import { checkFamily } from './page-rules.ts';
import {
  createSampleReader,
  isBlank,
  LINE_FEED,
  LineError,
  METRIC_NAME,
  NUMBER_SIGN,
  parseValue,
  type Sample,
} from './sample.ts';
import { createSeriesIndex, hashOfLabels, type SeriesIndex } from './series-index.ts';

const METADATA: Readonly<Record<PageFormat, RegExp>> = {
  text: /^#[ \t]*(HELP|TYPE)[ \t]+("(?:[^"\\]|\\.)*"|[^ \t]+)(?:[ \t]+(.*))?$/s,
  openmetrics: /^# (HELP|TYPE|UNIT) ("(?:[^"\\]|\\.)*"|[^ ]+)(?: (.*))?$/s,
};

export interface PageParser {
  /** Takes the next bytes; they need not end with a line. */
  push(chunk: Uint8Array): void;
  /** Ends the page. */
  end(): Page;
}

/** The page of a text at once. */
export function parsePage(text: string | Uint8Array, format: PageFormat): Page {
  const parser = createPageParser(format);
  parser.push(typeof text === 'string' ? Buffer.from(text) : text);
  return parser.end();
}

/** Reads a page as its bytes arrive. */
export function createPageParser(format: PageFormat): PageParser {
  const assembler = createAssembler(format);
  let rest: Uint8Array[] = [];
  let lines = 0;

  /** Each ends with a line feed. */
  const readLines = (block: Buffer): void => {
    const valid = isUtf8(block);
    for (let at = 0; at < block.length; at++) {
      lines++;
      if (!valid && !isUtf8(block.subarray(at, block.indexOf(LINE_FEED, at))))
        assembler.report(lines, 'the line is not UTF-8');
      at = assembler.line(block, at, lines);
    }
  };
  return {
    push(chunk) {
      const behind = chunk.lastIndexOf(LINE_FEED) + 1;
      if (behind === 0) {
        rest.push(Buffer.from(chunk));
        return;
      }
      readLines(Buffer.concat([...rest, chunk.subarray(0, behind)]));
      rest = [Buffer.from(chunk.subarray(behind))];
    },
    end() {
      const tail = Buffer.concat(rest);
      if (tail.length > 0) {
        readLines(Buffer.concat([tail, Buffer.of(LINE_FEED)]));
        assembler.report(lines, 'the last line does not end');
      }
      return assembler.end(lines);
    },
  };
}

interface Assembler {
  /** Takes the line that begins at `from`, and returns where its line feed is. */
  line(block: Buffer, from: number, number: number): number;
  report(line: number, message: string): void;
  end(lines: number): Page;
}

/** What a line is of its point. */
type Role = 'value' | 'bucket' | 'quantile' | 'sum' | 'count' | 'created';

/** The role of a sample by what its name has behind that of its family. */
type Roles = Readonly<Record<string, Role>>;

const HISTOGRAM: Roles = { _bucket: 'bucket', _sum: 'sum', _count: 'count' };
const SUMMARY: Roles = { '': 'quantile', _sum: 'sum', _count: 'count' };
const SINGLE: Roles = { '': 'value' };

const ROLES: Readonly<Record<PageFormat, Readonly<Partial<Record<PageType, Roles>>>>> = {
  text: { counter: SINGLE, gauge: SINGLE, histogram: HISTOGRAM, summary: SUMMARY, unknown: SINGLE },
  openmetrics: {
    counter: { _total: 'value', _created: 'created' },
    gauge: SINGLE,
    histogram: { ...HISTOGRAM, _created: 'created' },
    gaugehistogram: { _bucket: 'bucket', _gsum: 'sum', _gcount: 'count' },
    summary: { ...SUMMARY, _created: 'created' },
    info: { _info: 'value' },
    stateset: SINGLE,
    unknown: SINGLE,
  },
};

const SUFFIX = /_(total|created|bucket|sum|count|gsum|gcount|info)$/;

/** The label that tells the samples of a point apart. */
const OWN_LABEL: Readonly<Partial<Record<Role, string>>> = { bucket: 'le', quantile: 'quantile' };

/** Shared by points that have none. */
const NONE: never[] = [];

type Open<T> = { -readonly [Key in keyof T]: T[Key] };

interface OpenPoint extends Omit<Open<PagePoint>, 'buckets' | 'quantiles'> {
  readonly buckets: PageBucket[];
  readonly quantiles: PageQuantile[];
}

interface OpenFamily extends Open<Omit<PageFamily, 'points' | 'type' | 'help' | 'unit'>> {
  type: PageType | undefined;
  help: string | undefined;
  unit: string | undefined;
  readonly points: OpenPoint[];
  /** The last point of each label set. */
  readonly latest: SeriesIndex<OpenPoint>;
}

interface Route {
  readonly family: OpenFamily;
  readonly role: Role;
}

function createAssembler(format: PageFormat): Assembler {
  const openMetrics = format === 'openmetrics';
  const readSample = createSampleReader(format);
  const families = new Map<string, OpenFamily>();
  const problems: PageProblem[] = [];
  /** By sample name; forgotten whenever a family appears or gets its type. */
  const routes = new Map<string, Route>();
  let current: OpenFamily | undefined;
  let ended = false;
  /** That of the last line, of whose family and labels the next one often is. */
  let lastPoint: OpenPoint | undefined;
  let lastFamily: OpenFamily | undefined;
  /** Bounds and quantiles by their text. */
  const bounds = new Map<string, number | undefined>();

  const boundOf = (text: string): number | undefined => {
    const known = bounds.get(text);
    if (known !== undefined || bounds.has(text)) return known;
    const bound = parseValue(text);
    bounds.set(text, bound);
    return bound;
  };

  const report = (line: number, message: string): void => void problems.push({ line, message });

  const familyOf = (name: string, line: number): OpenFamily => {
    let family = families.get(name);
    if (family === undefined) {
      routes.clear();
      family = {
        name,
        line,
        type: undefined,
        help: undefined,
        unit: undefined,
        points: [],
        latest: createSeriesIndex(),
      };
      families.set(name, family);
    }
    return family;
  };

  const rolesOf = ({ type = 'unknown' }: OpenFamily): Roles => ROLES[format][type] as Roles;

  const readComment = (text: string, line: number): void => {
    if (openMetrics && text === '# EOF') {
      ended = true;
      return;
    }
    const [, keyword = '', token = '', rest = ''] = METADATA[format].exec(text) ?? [];
    if (keyword === '') {
      if (openMetrics) report(line, 'a comment that is neither HELP, TYPE, UNIT nor EOF');
      return;
    }
    const name = token.startsWith('"') ? token.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : token;
    if (name === token && !METRIC_NAME.test(name)) {
      report(line, `"${name}" is no metric name`);
      return;
    }
    const family = familyOf(name, line);
    enter(family, line);
    if (family.points.length > 0 && (openMetrics || keyword === 'TYPE')) {
      report(line, `${keyword} of ${name} behind its samples`);
    }
    const field = keyword.toLowerCase() as 'help' | 'type' | 'unit';
    if (family[field] !== undefined) {
      report(line, `a second ${keyword} of ${name}`);
    } else if (field === 'help') {
      family.help = unescapeHelp(rest, openMetrics, (escape) =>
        report(line, `\\${escape} is no escape in HELP`),
      );
    } else if (field === 'unit') {
      family.unit = rest;
    } else {
      declare(family, rest, line);
    }
  };

  const declare = (family: OpenFamily, word: string, line: number): void => {
    const type = (word === 'untyped' && !openMetrics ? 'unknown' : word) as PageType;
    const roles =
      Object.hasOwn(ROLES[format], type) && !(word === 'unknown' && !openMetrics)
        ? ROLES[format][type]
        : undefined;
    if (roles === undefined) {
      report(line, `${JSON.stringify(word)} is no type`);
      return;
    }
    family.type = type;
    routes.clear();
    for (const suffix of Object.keys(roles)) {
      const earlier = suffix === '' ? undefined : families.get(family.name + suffix);
      if (earlier !== undefined && earlier.points.length > 0) {
        report(line, `TYPE of ${family.name} behind its samples ${earlier.name} (line ${earlier.line})`);
      }
    }
  };

  /** The family of a sample; a sample without metadata is a family of unknown type. */
  const routeOf = (name: string, line: number): Route | undefined => {
    const known = routes.get(name);
    if (known !== undefined) return known;
    const base = name.replace(SUFFIX, '');
    const claims: Route[] = [];
    for (const family of new Set([current, families.get(name), families.get(base)])) {
      const suffix =
        family !== undefined && name.startsWith(family.name) ? name.slice(family.name.length) : undefined;
      if (family === undefined || suffix === undefined) continue;
      const role = rolesOf(family)[suffix];
      if (role !== undefined) claims.push({ family, role });
    }
    const [first, second] = claims;
    if (second !== undefined)
      report(line, `${name} belongs to ${first?.family.name} and to ${second.family.name}`);
    if (first === undefined && families.has(name)) {
      report(line, `a ${families.get(name)?.type} has no sample ${name}`);
      return undefined;
    }
    const route = first ?? { family: familyOf(name, line), role: 'value' };
    routes.set(name, route);
    return route;
  };

  const enter = (family: OpenFamily, line: number): void => {
    if (family !== current && family.points.length > 0) {
      report(line, `${family.name} (line ${family.line}) is interrupted by another family`);
    }
    current = family;
  };

  const place = (sample: Sample, line: number): void => {
    const route = routeOf(sample.name, line);
    if (route === undefined) return;
    const { family, role } = route;
    enter(family, line);
    const own = OWN_LABEL[role];
    let { labels, hash } = sample;
    let ownText: string | undefined;
    let bound: number | undefined;
    if (own === undefined) {
      if (sample.own !== undefined) {
        labels = [...labels, sample.own];
        hash = hashOfLabels(labels);
      }
    } else {
      if (sample.own?.name === own) ownText = sample.own.value;
      else {
        const all = sample.own === undefined ? labels : [...labels, sample.own];
        ownText = all.find(({ name }) => name === own)?.value;
        labels = all.filter(({ name }) => name !== own);
        hash = hashOfLabels(labels);
      }
      bound = ownText === undefined ? undefined : boundOf(ownText);
      if (bound === undefined) {
        report(
          line,
          ownText === undefined ? `${sample.name} without ${own}` : `${own}="${ownText}" is no number`,
        );
        return;
      }
    }
    const point = pointOf(family, labels, hash, sample.timestampMs, line);
    if (sample.exemplar !== undefined) {
      if (role !== 'bucket' && !(role === 'value' && family.type === 'counter'))
        report(line, `an exemplar on ${sample.name}`);
      point.exemplars = [
        ...point.exemplars,
        { ...sample.exemplar, le: role === 'bucket' ? ownText : undefined },
      ];
    }
    const { value } = sample;
    if (role === 'bucket') {
      point.buckets.push({ le: bound as number, text: ownText as string, count: value });
    } else if (role === 'quantile') {
      point.quantiles.push({ quantile: bound as number, text: ownText as string, value });
    } else {
      const field = role === 'created' ? 'createdMs' : role;
      if (point[field] !== undefined)
        report(line, `${sample.name} of the same labels is at line ${point.line}`);
      else point[field] = role === 'created' ? Math.round(value * 1e6) / 1e3 : value;
    }
  };

  const pointOf = (
    family: OpenFamily,
    labels: readonly Label[],
    hash: number,
    timestampMs: number | undefined,
    line: number,
  ): OpenPoint => {
    const { points, latest } = family;
    const isSame = family === lastFamily && labels === lastPoint?.labels;
    const earlier = isSame ? lastPoint : latest.get(hash, labels);
    lastFamily = family;
    if (earlier !== undefined && earlier.timestampMs === timestampMs) {
      if (openMetrics && earlier !== points.at(-1))
        report(line, `the lines of a series from line ${earlier.line} are not together`);
      lastPoint = earlier;
      return earlier;
    }
    if (earlier !== undefined && !(openMetrics && (timestampMs ?? NaN) > (earlier.timestampMs ?? NaN))) {
      report(line, `the series is at line ${earlier.line} with another time`);
    }
    const point: OpenPoint = {
      labels,
      line,
      timestampMs,
      createdMs: undefined,
      value: undefined,
      sum: undefined,
      count: undefined,
      buckets: family.type === 'histogram' || family.type === 'gaugehistogram' ? [] : NONE,
      quantiles: family.type === 'summary' ? [] : NONE,
      exemplars: NONE,
    };
    points.push(point);
    latest.set(hash, point);
    lastPoint = point;
    return point;
  };

  return {
    report,
    line(block, from, number) {
      let at = from;
      if (!openMetrics) while (isBlank(block[at] as number)) at++;
      const first = block[at];
      if (!ended && first !== LINE_FEED && first !== NUMBER_SIGN) {
        try {
          const sample = readSample(block, at);
          place(sample, number);
          return sample.end;
        } catch (error) {
          if (!(error instanceof LineError)) throw error;
          report(number, error.message);
        }
        return block.indexOf(LINE_FEED, at);
      }
      const end = block.indexOf(LINE_FEED, at);
      if (ended) report(number, 'a line behind # EOF');
      else if (first === NUMBER_SIGN) readComment(block.toString('utf8', at, end), number);
      else if (openMetrics) report(number, 'an empty line');
      return end;
    },
    end(lines) {
      if (openMetrics && !ended) report(lines, 'the page does not end with # EOF');
      const result = Array.from(
        families.values(),
        ({ name, type = 'unknown', help = '', unit = '', points, line }) => {
          const family: PageFamily = { name, type, help, unit, points, line };
          checkFamily(family, format, report);
          return family;
        },
      );
      return { families: result, problems: problems.toSorted((a, b) => a.line - b.line) };
    },
  };
}

function unescapeHelp(text: string, openMetrics: boolean, reportEscape: (escape: string) => void): string {
  return text.replaceAll(/\\(.?)/gs, (whole, escape: string) => {
    if (escape === 'n') return '\n';
    if (escape === '\\' || (openMetrics && escape === '"')) return escape;
    if (!openMetrics) reportEscape(escape);
    return whole;
  });
}
