import { Option } from 'commander';

/** `--phones`, for every command that moves a mouth. */
export function phonesOption(): Option {
  return new Option(
    '--phones <file>',
    'what is spoken, as phones with times (JSON, TextGrid, TSV... of a synthesiser or an aligner); the lips follow it exactly',
  );
}
