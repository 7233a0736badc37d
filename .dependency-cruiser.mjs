// Which folder may import which: data flows config -> labels -> series -> generators -> engine -> sinks, imports do not.
//
// To amend: find the folder in `mayImport` and add a folder, or a file without `.ts`, to its list, with a
// reason if it is not plain. A new folder under src/ needs an entry of its own; until then `known-folder` fails.
// Rules that are not about folders follow below the table.

const contracts = ['generators/generator', 'sinks/sink'];
const registries = ['generators/registry', 'generators/builtin', 'sinks/registry', 'sinks/builtin'];
const drivers = 'generators/drivers';
// Options that both clients of a protocol share: the fragments of `exporters`.
const exporterOptions = ['sinks/shared/otel-options', 'sinks/shared/prometheus-options'];
const plumbing = ['wire', 'transport', 'util'];

/** Folder (or file without `.ts`) under src/ -> what it may import besides itself, and why no more. */
const mayImport = {
  util: { to: [], why: 'util is leaves: whatever it imported, everything would import.' },
  labels: { to: ['util'], why: 'Label spaces are arithmetic over names and values; they know no metric.' },
  series: { to: ['labels', 'util'], why: 'Families and columns are the data that all others share.' },
  wire: { to: ['series', 'labels', 'util'], why: 'Bytes without I/O: an encoder sees columns and no sink.' },
  transport: {
    to: ['util'],
    why: 'I/O without formats: a transport moves bytes and knows nothing of metrics.',
  },
  patterns: { to: ['util'], why: 'Patterns are values tick by tick; they know neither series nor a run.' },
  generators: {
    to: ['series', 'labels', 'patterns', 'util'],
    why: 'A generator fills a column; it knows neither the engine nor a sink.',
  },
  sinks: {
    to: ['series', 'labels', ...plumbing],
    why: 'A sink reads frames; the engine is behind its contract, so that any sink runs without one.',
  },
  engine: {
    to: [...contracts, 'series', 'labels', 'util'],
    why: 'The engine sees contracts alone, so that a new generator or sink changes nothing in it.',
  },
  control: {
    // Which kind of fault spoils what.
    to: ['series', 'labels', 'engine', 'sinks/shared/faults', 'util'],
    why: 'Requests as the file, the API and the commands share them: plain data with its schema, which does nothing.',
  },
  workers: {
    to: ['engine', 'series', 'util'],
    why: 'Workers are another way to advance sources; what sources are built from is handed in.',
  },
  config: {
    to: [
      'control',
      'labels',
      'series',
      'engine',
      'patterns',
      ...contracts,
      ...registries,
      ...exporterOptions,
      'wire/names',
      'learn',
      'util',
    ],
    why: 'config assembles the schemas that each stage and plug-in owns, and builds nothing. Samples become metrics as files of values become values.',
  },
  simulation: {
    to: [
      'config',
      'control',
      'labels',
      'series',
      'engine',
      'workers',
      ...contracts,
      ...registries,
      drivers,
      'sinks/shared/faults',
      'verify/receiver',
      'verify/parity',
      'verify/parity-sink',
      ...plumbing,
    ],
    why: 'The composition root takes plug-ins from the registries, never one by its file.',
  },
  learn: {
    to: ['series', 'labels', 'generators', ...plumbing],
    why: 'learn writes what a config reads, and knows neither its schema nor a run.',
  },
  verify: {
    to: ['simulation', 'learn', 'config', 'series', 'labels', ...contracts, ...plumbing],
    why: 'verify replays through the simulation, as any user of the library would.',
  },
  bench: {
    to: [
      'simulation',
      'learn',
      'config',
      'labels',
      'series',
      'generators',
      'engine',
      'sinks',
      'verify',
      ...plumbing,
    ],
    why: 'A benchmark measures every part by itself; it needs no command and no HTTP.',
  },
  api: {
    to: ['simulation', 'learn', 'verify', 'bench', 'config', 'control', ...contracts, ...plumbing],
    why: 'A route validates, calls one method and returns: engine internals stay behind the simulation.',
  },
  cli: {
    to: ['api', 'simulation', 'learn', 'verify', 'bench', 'config', 'control', ...contracts, ...plumbing],
    why: 'A command parses, builds, runs and prints: engine internals stay behind the simulation.',
  },
  ui: { to: [], why: 'The page is static and talks HTTP; it is copied, not compiled.' },
};

const target = (name) => `${name}(/|\\.(ts|js)$)`;
const oneOf = (names) => `^src/(${names.map(target).join('|')})`;

const folderRules = Object.entries(mayImport).map(([folder, { to, why }]) => ({
  name: `${folder}-imports`,
  comment: `${why} Allowed: ${to.join(', ') || 'nothing of src/'}.`,
  severity: 'error',
  from: { path: oneOf([folder]) },
  to: { path: '^src/', pathNot: oneOf([folder, ...to]) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle, of types too, means that neither file can be read, tested or moved alone.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...folderRules,
    {
      name: 'known-folder',
      comment:
        'A new folder or file directly under src/ states what it may import: add it to the table on top.',
      severity: 'error',
      from: { path: '^src/', pathNot: [oneOf(Object.keys(mayImport)), '^src/index\\.ts$'] },
      to: {},
    },
    {
      name: 'index-is-the-surface',
      comment: 'The library does not contain its commands.',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'generator-knows-its-contract',
      comment:
        'A generator takes its types from the contract; only the contract and the drivers name those of series and labels.',
      severity: 'error',
      from: {
        path: '^src/generators/',
        pathNot: '^src/generators/((generator|registry|builtin)\\.ts$|drivers/)',
      },
      to: { path: '^src/', pathNot: '^src/(generators|patterns|util)/' },
    },
    {
      name: 'plug-in-not-registry',
      comment:
        'Registries import plug-ins and nothing registers itself, so the list in builtin.ts is the whole truth.',
      severity: 'error',
      from: { path: '^src/(generators|sinks)/', pathNot: '/(registry|builtin)\\.ts$' },
      to: { path: '^src/(generators|sinks)/(registry|builtin)\\.ts$' },
    },
    {
      name: 'sink-file-stands-alone',
      comment:
        'A sink shares by the contract, wire, transport or src/sinks/shared/, never by importing another sink.',
      severity: 'error',
      from: { path: '^src/sinks/([^/]+)\\.ts$', pathNot: '^src/sinks/(registry|builtin)\\.ts$' },
      to: { path: '^src/sinks/', pathNot: '^src/sinks/(sink\\.ts$|shared/|$1/)' },
    },
    {
      name: 'sink-folder-stands-alone',
      comment: 'As above, for a sink that is a folder.',
      severity: 'error',
      from: { path: '^src/sinks/([^/]+)/' },
      to: { path: '^src/sinks/', pathNot: '^src/sinks/(sink\\.ts$|shared/|$1(/|\\.ts$))' },
    },
    {
      name: 'no-io-in-the-core',
      comment:
        'Values and bytes are pure functions: files, sockets and processes belong to config, transport, sinks and cli.',
      severity: 'error',
      from: { path: '^src/(labels|series|patterns|generators|engine|wire)/' },
      to: {
        path: '^((node:)?(fs|net|tls|http|https|http2|dgram|child_process)(/promises)?$|node_modules/(@grpc|hono|@hono|pino|prom-client)/)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'src-not-to-test',
      comment: 'What ships does not need what tests it.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'src-not-to-dev-dependencies',
      comment: 'A development dependency is not there after an install from the registry.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'] },
    },
    {
      name: 'declared-dependencies',
      comment: 'A package that only another package brings may go or change with it: declare it.',
      severity: 'error',
      from: { path: '^(src|test|scripts)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      comment: 'An import that resolves to nothing is a rule that never applies.',
      severity: 'error',
      from: { path: '^(src|test|scripts)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^dist/|/fixtures/)' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
