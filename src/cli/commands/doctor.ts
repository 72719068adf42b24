import { Option } from 'commander';
import type { LiveCapacity } from '../../index.ts';
import type { CommandSpec } from '../command.ts';

const MARKS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;

/** `loquent doctor`: is everything there, and what to do if not. */
export const doctorCommand: CommandSpec<{ bench?: string }> = {
  name: 'doctor',
  summary: 'check this machine and the installation, and say what to do',
  options: [
    new Option(
      '--bench <photo>',
      'also find out, in one or two minutes, how many live sessions of a photo or .avatar file this machine draws at once',
    ),
  ],
  examples: [
    ['loquent doctor', 'every check, with what to do about it'],
    ['loquent doctor --json', 'the same for a bug report'],
    ['loquent doctor --bench photo.jpg', 'and how many live sessions run here without stutter'],
  ],

  async run({ bench }, _argument, { reporter, signal }) {
    const { inspectSystem } = await import('../../index.ts');
    const checks = await inspectSystem();
    const failed = checks.filter(({ status }) => status === 'fail').length;
    const warned = checks.filter(({ status }) => status === 'warn').length;
    const lines = checks.flatMap(({ status, name, found, advice }) => [
      `${MARKS[status]}  ${name}: ${found}`,
      ...(advice === null ? [] : [`      ${advice}`]),
    ]);
    const live = bench === undefined ? undefined : await measure(bench, signal);
    if (live) lines.push(`      Live sessions: ${described(live)}`);
    reporter.report(
      { ok: failed === 0, checks, ...(live && { live }) },
      [...lines, '', verdict(failed, warned)].join('\n'),
    );
    return failed === 0 ? undefined : 1;
  },
};

function verdict(failed: number, warned: number): string {
  if (failed > 0) return `${failed} of the checks failed; Loquent will not work here until that is mended.`;
  if (warned > 0) return `Loquent works here; ${warned === 1 ? 'one remark' : `${warned} remarks`} above.`;
  return 'Everything is in order.';
}

async function measure(source: string, signal: AbortSignal): Promise<LiveCapacity> {
  const { measureLiveCapacity } = await import('../../index.ts');
  const { openLiveAvatar } = await import('../../server.ts');
  const avatar = await openLiveAvatar(source, () => undefined, signal);
  return measureLiveCapacity(avatar, { signal });
}

function described({ smooth, fitting, cores, costPerPicture }: LiveCapacity): string {
  const cost = `${costPerPicture.toFixed(1)} ms of processor time per picture on ${cores} cores`;
  if (smooth > 0) return `${smooth} at once without stutter (${cost}).`;
  return `${fitting} should fit (${cost}), but stuttered: something else takes this machine's time.`;
}
