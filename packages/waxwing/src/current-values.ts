/** What a thing says of now. */
import type { Client } from '@waxwing/client'
import { type FieldReading, read } from '@waxwing/things'

/** Reads a thing as anybody would; what it could not read is left out. */
export async function* currentValues(client: Client, jid: string): AsyncGenerator<FieldReading> {
  const types = ['momentary', 'status', 'computed', 'identity'] as const
  for await (const reading of read(client, jid, { types })) if (reading.kind !== 'error') yield reading
}
