import { InvalidArgumentError, Option } from 'commander';
import { LoquentError } from '../../core/index.ts';
import type { ModelStore, Precision, StoredModel } from '../../neural.ts';
import type { CommandContext, CommandSpec } from '../command.ts';
import { bytesText } from '../figures.ts';

interface Typed {
  readonly models?: string;
  readonly mirror?: string;
  readonly accept?: boolean;
  readonly precision?: Precision;
}

const folderOption = (): Option =>
  new Option(
    '--models <folder>',
    'folder of the models (default: LOQUENT_MODELS, else models in the data folder of this user)',
  );
const acceptOption = (): Option =>
  new Option('--accept', "accept the licence of the model's weights; asked for once");
const precisionOption = (): Option =>
  new Option(
    '--precision <name>',
    'only files of this precision: fp32, fp16 or int8 (default: the first that the model has)',
  ).argParser((text) => {
    if (!['fp32', 'fp16', 'int8'].includes(text))
      throw new InvalidArgumentError('It must be fp32, fp16 or int8.');
    return text;
  });

const listSpec: CommandSpec<Typed> = {
  name: 'list',
  summary: 'list the models that are known: what is here, licence, size',
  options: [folderOption()],
  examples: [
    ['loquent models list', 'every model, with what its weights may be used for'],
    ['loquent models list --json', 'with all files, checksums and addresses'],
  ],
  async run({ models }, _argument, { reporter }) {
    const { KNOWN_MODELS } = await import('../../neural.ts');
    const store = await openStore(models);
    const states = await Promise.all(KNOWN_MODELS.map((name) => store.look(name)));
    const lines = states.flatMap((state) => {
      const { name, title, purpose, hardware } = state.manifest;
      return [
        `${name}: ${title}`,
        `  ${purpose}`,
        `  ${stateText(state)}; ${licenceText(state)}`,
        `  ${hardware}`,
      ];
    });
    reporter.report(
      { directory: store.directory, models: states },
      [...lines, '', `Models are kept in ${store.directory}`].join('\n'),
    );
    return undefined;
  },
};

const pullSpec: CommandSpec<Typed> = {
  name: 'pull',
  summary: 'download a model; an interrupted download goes on where it stopped',
  argument: ['<model>', 'name of the model, see `loquent models list`'],
  options: [
    acceptOption(),
    precisionOption(),
    new Option(
      '--mirror <url>',
      'fetch <url>/<model>/<file> instead of the published addresses (default: LOQUENT_MODEL_MIRROR)',
    ),
    folderOption(),
  ],
  examples: [
    ['loquent models pull liveportrait', 'shows the licence, and how to accept it'],
    ['loquent models pull liveportrait --accept', 'downloads and checks its files'],
  ],
  async run({ models, mirror, accept, precision }, name, context) {
    const store = await openStore(models, mirror);
    const onProgress = progressOf(context);
    const state = await store.pull(name, { accept, precision, signal: context.signal, onProgress });
    return tellObtained(state, store, context);
  },
};

const importSpec: CommandSpec<Typed> = {
  name: 'import',
  summary: 'take the files of a model out of a folder, without a network',
  argument: ['<model-and-folder...>', 'name of the model, then the folder (or the file) that holds it'],
  options: [acceptOption(), precisionOption(), folderOption()],
  examples: [
    ['loquent models import wav2lip ~/Downloads --accept', 'files are found by their names and checked'],
    ['loquent models import wav2lip my-export.onnx --precision int8 --accept', 'one file, whatever its name'],
  ],
  async run({ models, accept, precision }, name, context) {
    const folder = context.inputs[1];
    if (folder === undefined || context.inputs.length > 2) {
      throw new LoquentError('OPTION_INVALID', 'Give the name of the model and one folder.', {
        hint: 'For example: `loquent models import wav2lip ~/Downloads --accept`.',
      });
    }
    const store = await openStore(models);
    const onProgress = progressOf(context);
    const state = await store.importFrom(name, folder, {
      accept,
      precision,
      signal: context.signal,
      onProgress,
    });
    return tellObtained(state, store, context);
  },
};

const verifySpec: CommandSpec<Typed> = {
  name: 'verify',
  summary: 'read the files of models and compare them with their checksums',
  argument: ['[models...]', 'names of the models (default: all that are here)'],
  options: [folderOption()],
  examples: [
    ['loquent models verify', 'everything that is here'],
    ['loquent models verify wav2lip', 'one model'],
  ],
  async run({ models }, _argument, { reporter, inputs }) {
    const { KNOWN_MODELS } = await import('../../neural.ts');
    const store = await openStore(models);
    const results: { model: string; file: string; fault: string | null; message: string }[] = [];
    for (const model of inputs.length > 0 ? inputs : KNOWN_MODELS) {
      for (const { name: file, fault, message, trust } of await store.verify(model)) {
        const words =
          fault === null && trust === 'first-use' ? 'as it first came (no checksum is published)' : message;
        results.push({ model, file, fault, message: words });
      }
    }
    const bad = results.filter(({ fault }) => fault !== null).length;
    const lines = results.map(
      ({ model, file, fault, message }) =>
        `${fault === null ? 'ok  ' : 'FAIL'}  ${model}/${file}: ${message}`,
    );
    const verdict =
      results.length === 0 ? 'There are no files to check.' : `${results.length - bad} intact, ${bad} not.`;
    reporter.report({ ok: bad === 0, files: results }, [...lines, verdict].join('\n'));
    return bad === 0 ? undefined : 1;
  },
};

const removeSpec: CommandSpec<Typed> = {
  name: 'rm',
  summary: 'remove the files of a model',
  argument: ['<model>', 'name of the model'],
  options: [folderOption()],
  examples: [['loquent models rm wav2lip', 'frees its space']],
  async run({ models }, name, { reporter }) {
    const removed = await (await openStore(models)).remove(name);
    reporter.report(
      { model: name, removed },
      removed ? `${name} is removed.` : `There are no files of ${name}.`,
    );
    return undefined;
  },
};

/** `loquent models list`, `pull`, `import`, `verify` and `rm`: the weights of neural engines. */
export const modelCommands: readonly CommandSpec<Typed>[] = [
  listSpec,
  pullSpec,
  importSpec,
  verifySpec,
  removeSpec,
];

async function openStore(folder: string | undefined, mirror?: string): Promise<ModelStore> {
  const { ModelStore } = await import('../../neural.ts');
  return new ModelStore(folder, mirror);
}

/** Bytes of a file as progress of a download. */
function progressOf({
  reporter,
}: CommandContext): (file: string, done: number, total: number | null) => void {
  let shown = -1;
  return (file, done, total) => {
    const percent = total === null ? Math.floor(done / 50e6) : Math.floor((20 * done) / total) * 5;
    if (percent === shown) return;
    shown = percent;
    const of = total === null ? '' : ` of ${bytesText(total)}`;
    reporter.step({ file, done, total }, `${file}: ${bytesText(done)}${of}`);
  };
}

function tellObtained(state: StoredModel, store: ModelStore, { reporter }: CommandContext): undefined {
  const { manifest, ready, files } = state;
  const unpublished = files.filter(({ trust }) => trust === 'first-use');
  for (const { name, sha256 } of unpublished) {
    reporter.warning({
      code: 'MODEL_UNVERIFIED',
      message: `Nobody has published a checksum of "${name}": this copy is trusted from now on (sha256 ${sha256}).`,
    });
  }
  const words = ready.length > 0 ? `ready in ${ready.join(', ')}` : 'not complete yet';
  const absent = files.filter(({ state: what }) => what === 'missing').map(({ name }) => name);
  const rest = ready.length > 0 || absent.length === 0 ? '' : `; missing: ${absent.join(', ')}`;
  reporter.report(
    { directory: store.directory, model: state },
    `${manifest.name} is ${words}${rest}; ${licenceText(state)}.`,
  );
  return undefined;
}

function stateText({ ready, files, accepted }: StoredModel): string {
  const size = files.reduce((sum, file) => sum + (file.state === 'missing' ? 0 : (file.size ?? 0)), 0);
  if (ready.length > 0) return `HERE (${ready.join(', ')}, ${bytesText(size)}, licence accepted ${accepted})`;
  return size > 0 ? `incomplete (${bytesText(size)})` : 'not here';
}

function licenceText({ manifest }: StoredModel): string {
  const { commercial, weights } = manifest;
  const use = { yes: 'commercial use allowed', no: 'NON-COMMERCIAL', unclear: 'commercial use UNCLEAR' };
  return `weights ${weights.name}, ${use[commercial]}`;
}
