import { Option } from 'commander';
import type { CommandSpec } from '../command.ts';

type Typed = { output?: string; force?: boolean };

/** `loquent sheet`: two pictures that show at a glance whether a video came out well. */
export const sheetCommand: CommandSpec<Typed> = {
  name: 'sheet',
  summary: 'make two contact sheets of a video: mouths at the loudest second, and whole frames',
  argument: ['<video>', 'any video with a face (needs FFmpeg)'],
  options: [
    new Option('-o, --output <folder>', 'folder for the two PNG files (default: this folder)'),
    new Option('--force', 'replace the files if they exist'),
  ],
  examples: [['loquent sheet talk.mp4', 'talk-mouths.png and talk-frames.png in this folder']],

  async run(typed, video, { reporter, signal }) {
    const { saveContactSheets } = await import('../../index.ts');
    const sheets = await saveContactSheets(video, typed.output ?? '.', {
      force: typed.force ?? false,
      signal,
    });
    reporter.report(sheets, `${sheets.mouths}\n${sheets.frames}`);
    return undefined;
  },
};
