import { fieldDigits, marker, type Stamp } from '../src/audit/stamp.ts';

/** What a stamped payload says, without looking whether it is whole. */
export function readStamp(data: string): Stamp {
  let at = data.indexOf(marker) + marker.length;
  const [run = 0, topic = 0, seq = 0, intendedUs = 0] = fieldDigits.map((digits) => {
    at += digits;
    return Number.parseInt(data.slice(at - digits, at), 16);
  });
  return { run, topic, seq, intendedUs };
}
