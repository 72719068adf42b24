import type { CommandSpec } from '../command.ts';

const MARKS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;

/** `loquent doctor`: is everything there, and what to do if not. */
export const doctorCommand: CommandSpec = {
  name: 'doctor',
  summary: 'check this machine and the installation, and say what to do',
  options: [],
  examples: [
    ['loquent doctor', 'every check, with what to do about it'],
    ['loquent doctor --json', 'the same for a bug report'],
  ],

  async run(_typed, _argument, { reporter }) {
    const { inspectSystem } = await import('../../index.ts');
    const checks = await inspectSystem();
    const failed = checks.filter(({ status }) => status === 'fail').length;
    const warned = checks.filter(({ status }) => status === 'warn').length;
    const lines = checks.flatMap(({ status, name, found, advice }) => [
      `${MARKS[status]}  ${name}: ${found}`,
      ...(advice === null ? [] : [`      ${advice}`]),
    ]);
    reporter.report({ ok: failed === 0, checks }, [...lines, '', verdict(failed, warned)].join('\n'));
    return failed === 0 ? undefined : 1;
  },
};

function verdict(failed: number, warned: number): string {
  if (failed > 0) return `${failed} of the checks failed; Loquent will not work here until that is mended.`;
  if (warned > 0) return `Loquent works here; ${warned === 1 ? 'one remark' : `${warned} remarks`} above.`;
  return 'Everything is in order.';
}
