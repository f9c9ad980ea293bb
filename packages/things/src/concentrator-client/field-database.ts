/** A field database of a concentrator, as its client reads it; the long family alone has them. XEP-0326 §3.9 */
import type { NodeRef } from '@waxwing/protocol'
import { type Parameter, parametersIn } from '../control/parameter-form.ts'
import type { Reading } from '../readout/reading.ts'
import { Readout } from '../readout/readout.ts'
import type { Asking } from './asking.ts'
import { type FormValues, submission } from './forms.ts'
import { formIn } from './node.ts'

/** How patiently to read a database. */
export interface DatabaseReadOptions {
  readonly signal?: AbortSignal
  /** Patience with its silence, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number
  /** Readings of one readout; beyond it the readout is cancelled. Default 1,000,000. */
  readonly maxReadings?: number
  /** Readings that may wait for a slow loop; beyond it the readout is cancelled. Default 100,000. */
  readonly maxWaiting?: number
}

/** Everything rejects as for a node, `item-not-found` also for a database that we may not see. */
export class FieldDatabase {
  readonly id: string
  readonly #asking: Asking
  readonly #whole: (ref: NodeRef | string) => NodeRef

  constructor(asking: Asking, id: string, whole: (ref: NodeRef | string) => NodeRef) {
    this.#asking = asking
    this.id = id
    this.#whole = whole
  }

  /** What may be filled in before it is read. */
  async inputs(): Promise<readonly Parameter[]> {
    const asked = { database: this.id }
    return parametersIn(formIn(await this.#asking.ask('getDatabaseReadoutParameters', asked)))
  }

  /**
   * Reads what it has of some nodes; readings come as it sends them, errors among them. Leaving the loop, or the signal,
   * cancels the readout.
   *
   * @param values what is filled in; what is left out stays as the database suggests
   * @throws ConcentratorError whose `faults` name every wrong value; else as `read`
   */
  async *read(
    nodes: readonly (NodeRef | string)[],
    values: FormValues = {},
    options: DatabaseReadOptions = {},
  ): AsyncGenerator<Reading, void, undefined> {
    const database = this.id
    const { jid, format } = await this.#asking.peer()
    const shown = formIn(await this.#asking.ask('getDatabaseReadoutParameters', { database }))
    const refs = nodes.map(this.#whole)
    const { tokens = {}, signal } = this.#asking.options
    const peer = { jid, generation: format.generation }
    const asked = { ...(signal ? { signal } : {}), ...options, tokens, nodes: refs, types: 'all' as const }
    const form = submission(shown, values, { isWhole: true })
    const begin = async ({ generation, id }: { generation: typeof peer.generation; id: string }) => {
      await this.#asking.ask('startDatabaseReadout', { database, nodes: refs, readoutId: id, form })
      return { kind: 'accepted', generation, id, queued: false } as const
    }
    yield* new Readout(this.#asking.client, peer, asked, begin).start()
  }
}
