import { Option } from 'commander';

/** `--timeline`, for every command that moves a face. */
export function timelineOption(): Option {
  return new Option(
    '--timeline <file>',
    'what changes on the way: a JSON array of {time, emotion, gaze, distance, pose...}; see docs/controls.md',
  );
}
