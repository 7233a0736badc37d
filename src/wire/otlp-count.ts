/** How many data points a request holds, found by walking over them: for receivers that only count. */
import { Reader } from './protobuf.ts';

/** Fields on the way from the request to the messages that hold points: resource, scope, metric, its kind of data. */
const PATH: readonly (readonly number[])[] = [[1], [2], [2], [5, 7, 9, 10, 11]];

/**
 * Points of an ExportMetricsServiceRequest. Throws a MalformedError where the way to the points is not well
 * formed; the points themselves are not looked into.
 */
export function countPoints(bytes: Uint8Array): number {
  return countBelow(new Reader(bytes), 0);
}

function countBelow(reader: Reader, depth: number): number {
  const fields = PATH[depth];
  if (fields === undefined) return reader.countMessages(1);
  let points = 0;
  while (reader.next()) {
    if (fields.includes(reader.field)) points += countBelow(reader.message(), depth + 1);
    else reader.skip();
  }
  return points;
}
