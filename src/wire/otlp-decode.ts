/**
 * A strict reading of ExportMetricsServiceRequest: what is not well formed, or contradicts itself, is refused with a
 * reason. Unknown fields are passed over, as the protocol asks. Written from the published field numbers alone, without a
 * look at our own encoder, so that it is a witness.
 */
import { Reader } from './protobuf.ts';

export type AttributeValue =
  | string
  | boolean
  | number
  | Buffer
  | undefined
  | readonly AttributeValue[]
  | ReadonlyMap<string, AttributeValue>;
export type Attributes = ReadonlyMap<string, AttributeValue>;

interface PointBase {
  readonly attributes: Attributes;
  /** Milliseconds since the Unix epoch; the start is 0 when it was not told. */
  readonly startMs: number;
  readonly timeMs: number;
  /** The flag NO_RECORDED_VALUE: the series has no value any more. */
  readonly noRecordedValue: boolean;
}

export interface NumberPoint extends PointBase {
  /** NaN for a point without a value. */
  readonly value: number;
}

export interface HistogramPoint extends PointBase {
  readonly count: number;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** One a bucket, not cumulative; one more than there are bounds, or none at all. */
  readonly counts: readonly number[];
  readonly bounds: readonly number[];
}

export interface SummaryPoint extends PointBase {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

interface MetricBase {
  readonly resource: Attributes;
  readonly scope: { readonly name: string; readonly version: string };
  readonly name: string;
  readonly description: string;
  readonly unit: string;
}

export type Temporality = 'cumulative' | 'delta';

/** One Metric message with the resource and scope it stood under. */
export type DecodedMetric = MetricBase &
  (
    | { readonly type: 'gauge'; readonly points: readonly NumberPoint[] }
    | {
        readonly type: 'sum';
        readonly temporality: Temporality;
        readonly monotonic: boolean;
        readonly points: readonly NumberPoint[];
      }
    | {
        readonly type: 'histogram';
        readonly temporality: Temporality;
        readonly points: readonly HistogramPoint[];
      }
    | { readonly type: 'summary'; readonly points: readonly SummaryPoint[] }
  );

/** Metrics in the order of the request. Throws a MalformedError that says which metric and point is wrong, and why. */
export function decodeMetrics(bytes: Uint8Array): DecodedMetric[] {
  const metrics: DecodedMetric[] = [];
  const request = new Reader(bytes);
  while (request.next()) {
    if (request.field === 1) decodeResourceMetrics(request.message(), metrics);
    else request.skip();
  }
  return metrics;
}

function decodeResourceMetrics(reader: Reader, metrics: DecodedMetric[]): void {
  let resource: Attributes = new Map();
  const scopes: Reader[] = [];
  while (reader.next()) {
    if (reader.field === 1) resource = decodeResource(reader.message());
    else if (reader.field === 2) scopes.push(reader.message());
    else reader.skip();
  }
  for (const scope of scopes) decodeScopeMetrics(scope, resource, metrics);
}

function decodeResource(reader: Reader): Attributes {
  const attributes = new Map<string, AttributeValue>();
  while (reader.next()) {
    if (reader.field === 1) addAttribute(reader.message(), attributes, 'the resource');
    else reader.skip();
  }
  return attributes;
}

function decodeScopeMetrics(reader: Reader, resource: Attributes, metrics: DecodedMetric[]): void {
  let scope = { name: '', version: '' };
  const messages: Reader[] = [];
  while (reader.next()) {
    if (reader.field === 1) scope = decodeScope(reader.message());
    else if (reader.field === 2) messages.push(reader.message());
    else reader.skip();
  }
  for (const message of messages) metrics.push(decodeMetric(message, { resource, scope }));
}

function decodeScope(reader: Reader): { name: string; version: string } {
  const scope = { name: '', version: '' };
  while (reader.next()) {
    if (reader.field === 1) scope.name = reader.text();
    else if (reader.field === 2) scope.version = reader.text();
    else reader.skip();
  }
  return scope;
}

function decodeMetric(reader: Reader, origin: Pick<MetricBase, 'resource' | 'scope'>): DecodedMetric {
  const texts = { name: '', description: '', unit: '' };
  let field = 0;
  let data: Reader | undefined;
  while (reader.next()) {
    if (reader.field === 1) texts.name = reader.text();
    else if (reader.field === 2) texts.description = reader.text();
    else if (reader.field === 3) texts.unit = reader.text();
    else if (DATA_FIELDS.has(reader.field)) {
      if (data !== undefined) throw reader.malformed(`metric ${texts.name} has more than one kind of data`);
      field = reader.field;
      data = reader.message();
    } else reader.skip();
  }
  if (texts.name === '') throw reader.malformed('a metric without a name');
  if (data === undefined) throw reader.malformed(`metric ${texts.name} has no data`);
  const base = { ...origin, ...texts };
  const where = `metric ${texts.name}`;
  const read = data;
  switch (field) {
    case 5:
      return { ...base, type: 'gauge', points: decodeData(read, where, decodeNumberPoint).points };
    case 7: {
      const { points, temporality, monotonic } = decodeData(read, where, decodeNumberPoint);
      return { ...base, type: 'sum', temporality: known(temporality, read, where), monotonic, points };
    }
    case 9: {
      const { points, temporality } = decodeData(read, where, decodeHistogramPoint);
      return { ...base, type: 'histogram', temporality: known(temporality, read, where), points };
    }
    case 11:
      return { ...base, type: 'summary', points: decodeData(read, where, decodeSummaryPoint).points };
    default:
      throw reader.malformed(`${where}: exponential histograms are not taken here`);
  }
}

/** Gauge, Sum, Histogram, ExponentialHistogram, Summary in Metric. */
const DATA_FIELDS: ReadonlySet<number> = new Set([5, 7, 9, 10, 11]);

const TEMPORALITIES: readonly (Temporality | undefined)[] = [undefined, 'delta', 'cumulative'];

function known(temporality: number, reader: Reader, where: string): Temporality {
  const name = TEMPORALITIES[temporality];
  if (name === undefined)
    throw reader.malformed(`${where}: aggregation temporality ${temporality} is not a known one`);
  return name;
}

/** The messages of all types alike: points 1, aggregation_temporality 2, is_monotonic 3. */
function decodeData<Point extends PointBase>(
  reader: Reader,
  where: string,
  decodePoint: (reader: Reader, where: string) => Point,
): { points: Point[]; temporality: number; monotonic: boolean } {
  const points: Point[] = [];
  let temporality = 0;
  let monotonic = false;
  while (reader.next()) {
    if (reader.field === 1) points.push(decodePoint(reader.message(), where));
    else if (reader.field === 2) temporality = reader.varint();
    else if (reader.field === 3) monotonic = reader.varint() !== 0;
    else reader.skip();
  }
  return { points, temporality, monotonic };
}

/** What points of all types have, at field numbers that the caller knows. */
interface Common {
  readonly attributes: Map<string, AttributeValue>;
  startMs: number;
  timeMs: number;
  flags: number;
}

function createCommon(): Common {
  return { attributes: new Map(), startMs: 0, timeMs: 0, flags: 0 };
}

function finish(common: Common, reader: Reader, where: string): PointBase {
  const { attributes, startMs, timeMs, flags } = common;
  if (timeMs === 0) throw reader.malformed(`${where}: a point without a time`);
  if (startMs > timeMs)
    throw reader.malformed(`${where}: a point starts at ${startMs} ms, after its time ${timeMs} ms`);
  return { attributes, startMs, timeMs, noRecordedValue: (flags & 1) === 1 };
}

function decodeNumberPoint(reader: Reader, where: string): NumberPoint {
  const common = createCommon();
  let value: number | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case 2:
        common.startMs = reader.nanosAsMs();
        break;
      case 3:
        common.timeMs = reader.nanosAsMs();
        break;
      case 4:
        value = reader.double();
        break;
      case 6:
        value = reader.sfixed64();
        break;
      case 7:
        addAttribute(reader.message(), common.attributes, where);
        break;
      case 8:
        common.flags = reader.varint();
        break;
      default:
        reader.skip();
    }
  }
  const base = finish(common, reader, where);
  if (value === undefined && !base.noRecordedValue)
    throw reader.malformed(`${where}: a point without a value`);
  return { ...base, value: value ?? Number.NaN };
}

function decodeHistogramPoint(reader: Reader, where: string): HistogramPoint {
  const common = createCommon();
  const counts: number[] = [];
  const bounds: number[] = [];
  let count = 0;
  let sum: number | undefined;
  let min: number | undefined;
  let max: number | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case 2:
        common.startMs = reader.nanosAsMs();
        break;
      case 3:
        common.timeMs = reader.nanosAsMs();
        break;
      case 4:
        count = reader.fixed64();
        break;
      case 5:
        sum = reader.double();
        break;
      case 6:
        reader.repeated64(counts, readUnsigned);
        break;
      case 7:
        reader.repeated64(bounds, readDouble);
        break;
      case 9:
        addAttribute(reader.message(), common.attributes, where);
        break;
      case 10:
        common.flags = reader.varint();
        break;
      case 11:
        min = reader.double();
        break;
      case 12:
        max = reader.double();
        break;
      default:
        reader.skip();
    }
  }
  const base = finish(common, reader, where);
  checkBuckets(counts, bounds, count, reader, where);
  return { ...base, count, sum, min, max, counts, bounds };
}

function checkBuckets(
  counts: number[],
  bounds: number[],
  count: number,
  reader: Reader,
  where: string,
): void {
  if (counts.length === 0 ? bounds.length > 0 : counts.length !== bounds.length + 1)
    throw reader.malformed(`${where}: ${counts.length} bucket counts for ${bounds.length} bounds`);
  for (const [i, bound] of bounds.entries()) {
    const rising = i === 0 || bound > (bounds[i - 1] as number);
    if (!rising || !Number.isFinite(bound))
      throw reader.malformed(`${where}: bounds must be finite and ascend, but bound ${i} is ${bound}`);
  }
  if (counts.length === 0) return;
  const total = counts.reduce((all, one) => all + one, 0);
  if (total !== count)
    throw reader.malformed(`${where}: the count is ${count}, but its buckets hold ${total}`);
}

function decodeSummaryPoint(reader: Reader, where: string): SummaryPoint {
  const common = createCommon();
  const quantiles: { quantile: number; value: number }[] = [];
  let count = 0;
  let sum = 0;
  while (reader.next()) {
    switch (reader.field) {
      case 2:
        common.startMs = reader.nanosAsMs();
        break;
      case 3:
        common.timeMs = reader.nanosAsMs();
        break;
      case 4:
        count = reader.fixed64();
        break;
      case 5:
        sum = reader.double();
        break;
      case 6:
        quantiles.push(decodeQuantile(reader.message()));
        break;
      case 7:
        addAttribute(reader.message(), common.attributes, where);
        break;
      case 8:
        common.flags = reader.varint();
        break;
      default:
        reader.skip();
    }
  }
  const base = finish(common, reader, where);
  for (const [i, { quantile }] of quantiles.entries()) {
    if (!(quantile >= 0 && quantile <= 1))
      throw reader.malformed(`${where}: quantile ${quantile} is not in [0, 1]`);
    if (quantiles.findIndex((other) => other.quantile === quantile) < i)
      throw reader.malformed(`${where}: quantile ${quantile} comes twice`);
  }
  return { ...base, count, sum, quantiles };
}

function decodeQuantile(reader: Reader): { quantile: number; value: number } {
  const found = { quantile: 0, value: 0 };
  while (reader.next()) {
    if (reader.field === 1) found.quantile = reader.double();
    else if (reader.field === 2) found.value = reader.double();
    else reader.skip();
  }
  return found;
}

/** Reads a KeyValue into `attributes`. */
function addAttribute(reader: Reader, attributes: Map<string, AttributeValue>, where: string): void {
  let key = '';
  let value: AttributeValue;
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) value = decodeAnyValue(reader.message(), where);
    else reader.skip();
  }
  if (key === '') throw reader.malformed(`${where}: an attribute without a key`);
  if (attributes.has(key)) throw reader.malformed(`${where}: attribute ${key} comes twice`);
  attributes.set(key, value);
}

function decodeAnyValue(reader: Reader, where: string): AttributeValue {
  let value: AttributeValue;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        value = reader.text();
        break;
      case 2:
        value = reader.varint() !== 0;
        break;
      case 3:
        value = reader.int64();
        break;
      case 4:
        value = reader.double();
        break;
      case 5:
        value = decodeArray(reader.message(), where);
        break;
      case 6:
        value = decodeMap(reader.message(), where);
        break;
      case 7:
        value = reader.blob();
        break;
      default:
        reader.skip();
    }
  }
  return value;
}

function decodeArray(reader: Reader, where: string): AttributeValue[] {
  const values: AttributeValue[] = [];
  while (reader.next()) {
    if (reader.field === 1) values.push(decodeAnyValue(reader.message(), where));
    else reader.skip();
  }
  return values;
}

function decodeMap(reader: Reader, where: string): Map<string, AttributeValue> {
  const values = new Map<string, AttributeValue>();
  while (reader.next()) {
    if (reader.field === 1) addAttribute(reader.message(), values, where);
    else reader.skip();
  }
  return values;
}

function readUnsigned(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

function readDouble(bytes: Buffer, at: number): number {
  return bytes.readDoubleLE(at);
}
