import type { Reporter, TestModule } from 'vitest/node';

/**
 * Lists every skipped test by name at the end of a run, with its reason: the text given to `context.skip(reason)`.
 * A backend that a machine does not have is the usual one.
 */
export function createSkippedReporter(print: (line: string) => void = (line) => console.log(line)): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[]) {
      const lines: string[] = [];
      for (const module of modules) {
        for (const test of module.children.allTests('skipped')) {
          const result = test.result();
          const reason = result.state === 'skipped' ? result.note : undefined;
          lines.push(`  ${module.relativeModuleId} > ${test.fullName}: ${reason ?? 'no reason given'}`);
        }
      }
      if (lines.length > 0) print([`Skipped (${lines.length}):`, ...lines].join('\n'));
    },
  };
}
