import { Option } from 'commander';

/** `--teeth`, for every command that prepares a photo. */
export function teethOption(): Option {
  return new Option(
    '--teeth <file>',
    'another photo of the same person, smiling or laughing: its teeth are shown (default: those of the photo, if it shows any)',
  );
}
