/** What a thing tells people and its own program, beside readouts. */
import type { NodeRef, ReadoutRequest } from '@waxwing/protocol'
import type { HistoryWindow, ReadSample } from '../field-types.ts'
import { isWithin, type SelectedField } from './selection.ts'
import type { SharedReads } from './shared-reads.ts'

/** What somebody would like to know. */
export interface Wanted {
  readonly nodes?: readonly NodeRef[]
  readonly fields?: readonly string[]
  /** The past instead of now. */
  readonly window?: HistoryWindow
}

/** Fields, and beside each of them what there is of it. */
export interface Told {
  readonly fields: readonly SelectedField[]
  readonly samples: readonly (readonly ReadSample[])[]
}

/** Values of the past of one field: of more every second, every fourth … is told. */
const mostPast = 10_000

/** As a readout in the newest generation would ask for it. */
export function requestFor({ nodes = [], fields = [], window }: Wanted): ReadoutRequest {
  return {
    generation: 'nfi',
    id: '0',
    nodes,
    fields,
    categories: window ? ['historical'] : [],
    periods: [],
    all: false,
    tokens: { service: [], device: [], user: [] },
  }
}

/** The values of now; none of a field that has none, or that cannot be read. */
export function presentOf(fields: readonly SelectedField[], reads: SharedReads): Promise<Told['samples']> {
  return Promise.all(
    fields.map(async ({ field }) => {
      const outcome = await reads.read(field)
      return outcome.kind === 'sample' ? [outcome.sample] : []
    }),
  )
}

/** The values of a time, evenly thinned where they are many. */
export async function pastOf(
  fields: readonly SelectedField[],
  window: HistoryWindow,
): Promise<Told['samples']> {
  const all: (readonly ReadSample[])[] = []
  for (const { field } of fields) all.push(await thinned(field.history?.(window) ?? [], window))
  return all
}

async function thinned(
  past: Iterable<ReadSample> | AsyncIterable<ReadSample>,
  window: HistoryWindow,
): Promise<readonly ReadSample[]> {
  let samples: ReadSample[] = []
  let stride = 1
  let count = 0
  for await (const sample of past) {
    if (!sample.time || !isWithin(window, sample.time)) continue
    if (count++ % stride === 0) samples.push(sample)
    if (samples.length <= mostPast) continue
    samples = samples.filter((_, index) => index % 2 === 0)
    stride *= 2
  }
  return samples
}
