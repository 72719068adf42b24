import { Option } from 'commander';

/** `--listen-to`, for every command that moves a face. */
export function listenToOption(): Option {
  return new Option(
    '--listen-to <file>',
    'what somebody else says meanwhile: the person listens and nods; not heard in the video',
  );
}
