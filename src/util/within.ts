/** Work that may not take longer than it is given. */
import { Script, createContext } from 'node:vm';

const context = createContext({ work: undefined as (() => unknown) | undefined });
const script = new Script('work()');

/** Runs `work` (synchronous) and throws `tooLate()` when it takes longer: also in the midst of one pattern's test. */
export function runWithin<T>(limitMs: number, work: () => T, tooLate: () => Error): T {
  context['work'] = work;
  try {
    return script.runInContext(context, { timeout: limitMs }) as T;
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? tooLate() : error;
  } finally {
    context['work'] = undefined;
  }
}
