import { z } from 'zod';

/** One use of the service, as it is posted and streamed. */
export const usageRecord: z.ZodType<UsageRecord> = z.strictObject({
  id: z.int(),
  creditsUsed: z.int(),
  createdAt: z.iso.datetime({ offset: true }),
  model: z
    .string()
    .max(256)
    .optional()
    .transform((model) => model || undefined),
});

export interface UsageRecord {
  readonly id: number;
  readonly creditsUsed: number;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Left out when empty. */
  readonly model?: string | undefined;
}
