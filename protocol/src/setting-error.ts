/** A setting has a value that cannot be used; the message names the setting, the value and what is allowed. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
  /** The setting's name as its user wrote it, such as `--bound open` or `maxLineBytes`. */
  readonly setting: string;
  readonly value: unknown;
  /** What to give in its place, as the end of a sentence: "a whole number from 1 up". */
  readonly allowed: string;

  constructor(setting: string, value: unknown, allowed: string) {
    super(`${setting} is ${typeof value === 'string' ? JSON.stringify(value) : String(value)}; give ${allowed}`);
    this.setting = setting;
    this.value = value;
    this.allowed = allowed;
  }
}
