import { Option } from 'commander';
import { LoquentError } from '../../core/index.ts';
import type { CommandSpec } from '../command.ts';

interface Typed {
  readonly from?: string;
  readonly web?: boolean;
}

const listSpec: CommandSpec<Typed> = {
  name: 'list',
  summary: 'list what can draw a speaker here, and what is missing for the rest',
  options: [],
  examples: [['loquent engines list', 'every engine, with licence and state']],
  async run(_typed, _argument, { reporter }) {
    const { inspectEngines } = await import('../../neural.ts');
    const { engines, runtime } = await inspectEngines();
    const lines = engines.flatMap(({ name, kind, licence, commercial, needs, ready, missing }) => [
      `${ready ? 'ready  ' : 'MISSING'}  ${name} (${kind}): ${licence}${commercial === 'no' ? ', NON-COMMERCIAL' : ''}`,
      `         ${needs}`,
      ...missing.map((sentence) => `         ${sentence}`),
    ]);
    const { name, version, found } = runtime;
    reporter.report(
      { engines, runtime },
      [...lines, `ONNX Runtime: ${name} ${version}, ${found}`].join('\n'),
    );
    return undefined;
  },
};

const installSpec: CommandSpec<Typed> = {
  name: 'install',
  summary: 'install what neural engines run on: the ONNX Runtime',
  argument: ['<runtime>', 'onnx'],
  options: [
    new Option(
      '--from <file>',
      'tarball of the package in place of the npm registry, as `npm pack` makes it',
    ),
    new Option('--web', 'the WebAssembly build: runs everywhere, about four times slower'),
  ],
  examples: [
    ['loquent engines install onnx', 'from the npm registry, about 50 MB on disk'],
    ['loquent engines install onnx --from onnxruntime-node-1.30.0.tgz', 'without a network'],
  ],
  async run({ from, web }, what, { reporter, signal }) {
    if (what !== 'onnx') {
      throw new LoquentError('OPTION_INVALID', `"${what}" cannot be installed; onnx can.`, {
        hint: 'Give `loquent engines install onnx`.',
      });
    }
    const { installOnnx } = await import('../../neural.ts');
    reporter.step({ installing: what }, 'Installing the ONNX Runtime with npm…');
    const { package: name, folder } = await installOnnx({ from, web, signal });
    reporter.report({ package: name, folder }, `${name} is installed in ${folder}.`);
    return undefined;
  },
};

/** `loquent engines list` and `install`: what draws, and what networks run on. */
export const engineCommands: readonly CommandSpec<Typed>[] = [listSpec, installSpec];
