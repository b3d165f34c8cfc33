/** One use of the service, as a server takes it and streams it on. */
export interface UsageRecord {
  /** Rises by one: the order where several have the same time. */
  readonly id: number;
  /** A whole number from 1 up. */
  readonly creditsUsed: number;
  /** RFC 3339 in UTC, to the millisecond. */
  readonly createdAt: string;
  readonly model: string;
}
