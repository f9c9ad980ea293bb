// The question for sensor data in the long family.
import { attr, children, element, mapped, string, type Wire } from '@waxwing/xml'
import { historyPeriods } from './field-flags.ts'
import type { ReadoutRequest } from './readout.ts'
import { type LongGeneration, misspelt, nodeAttributes, readNode, writeNode } from './sensor-long-values.ts'
import { mark, markAll, marked, marks } from './sensor-marks.ts'
import { longCategories, longPeriods } from './sensor-names.ts'
import { listOrNone, readoutId, readRequest, tokenList } from './sensor-raw.ts'
import { timestamp } from './timestamp.ts'

/** The question of a generation. */
export function longRequest(generation: LongGeneration, ns: string): Wire<ReadoutRequest> {
  const raw = element(ns, 'req', {
    id: attr('seqnr', readoutId),
    ...marks(longCategories),
    ...misspelt,
    ...marks(longPeriods),
    all: attr('all', mark).or(false),
    from: attr('from', timestamp).maybe(),
    to: attr('to', timestamp).maybe(),
    when: attr('when', timestamp).maybe(),
    service: attr('serviceToken', tokenList).or([]),
    device: attr('deviceToken', tokenList).or([]),
    user: attr('userToken', tokenList).or([]),
    nodes: children(element(ns, 'node', nodeAttributes)),
    fields: children(element(ns, 'field', { name: attr('name', string) })),
  })
  return mapped(
    raw,
    (asked): ReadoutRequest =>
      readRequest(
        generation,
        asked.identification ? { ...asked, identity: true } : asked,
        asked.nodes.map(readNode),
        asked.fields.map(({ name }) => name),
        marked(historyPeriods, asked),
      ),
    request => {
      const { categories, periods, tokens, nodes, fields, id, all, from, to, when } = request
      const words = periods.length > 0 ? categories.filter(word => word !== 'historical') : categories
      return {
        id,
        all,
        from,
        to,
        when,
        ...markAll(words),
        ...markAll(periods),
        service: listOrNone(tokens.service),
        device: listOrNone(tokens.device),
        user: listOrNone(tokens.user),
        nodes: nodes.map(writeNode),
        fields: fields.map(name => ({ name })),
      }
    },
  )
}
