/** Where an account's clients want to be woken. XEP-0357 §5, §6. */
import { type BareJid, type Jid, tryJid } from '@waxwing/jid'
import { DataForm } from '@waxwing/protocol'
import { parseElement, readWire, writeWire } from '@waxwing/xml'
import type { Now } from '../../kernel/hooks.ts'
import { allKeys, column, key, type Mapped, mapped, type Row } from '../../store/store.ts'

const columns = {
  jid: column.text(),
  node: column.text().maybe(),
  options: column.text().maybe(),
  resource: column.text(),
  failures: column.integer(),
}

export const registrationsShape = mapped(key<BareJid>('owner'), 'place', columns)

export interface Registration {
  readonly service: Jid
  readonly node: string | undefined
  readonly options: DataForm | undefined
  /** The resource that asked for it: while that one can be reached nobody need be woken. */
  readonly resource: string
  /** Notifications in a row that the service refused or left unanswered. §7.1 */
  readonly failures: number
}

export class Registrations {
  readonly #store: Mapped<BareJid, string, Row<typeof columns>>
  /** Accounts that have any: most messages need no look at the store. */
  readonly #owners: Set<BareJid>

  private constructor(store: Mapped<BareJid, string, Row<typeof columns>>, owners: Iterable<BareJid>) {
    this.#store = store
    this.#owners = new Set(owners)
  }

  static async open(store: Mapped<BareJid, string, Row<typeof columns>>): Promise<Registrations> {
    return new Registrations(store, await allKeys(store))
  }

  /** Nobody has any: then nothing else need be looked at. */
  get isEmpty(): boolean {
    return this.#owners.size === 0
  }

  has(owner: BareJid): boolean {
    return this.#owners.has(owner)
  }

  of(owner: BareJid): Now<readonly Registration[]> {
    const rows = this.#store.all(owner)
    return rows instanceof Promise ? rows.then(read) : read(rows)
  }

  put(owner: BareJid, registration: Registration): Promise<void> {
    this.#owners.add(owner)
    const { service, node, options, resource, failures } = registration
    const form = options && writeWire(DataForm, options)
    return this.#store.put(owner, placeOf(service, node), {
      jid: service,
      node,
      options: form,
      resource,
      failures,
    })
  }

  async remove(owner: BareJid, { service, node }: Registration): Promise<void> {
    await this.#store.delete(owner, placeOf(service, node))
    if ((await this.#store.all(owner)).size === 0) this.#owners.delete(owner)
  }

  clear(owner: BareJid): Promise<void> {
    this.#owners.delete(owner)
    return this.#store.clear(owner)
  }
}

/** The same service may be asked for several nodes, and for none. §5 */
function placeOf(service: Jid, node: string | undefined): string {
  return node === undefined ? service : `${service} ${node}`
}

function read(rows: ReadonlyMap<string, Row<typeof columns>>): readonly Registration[] {
  const registrations: Registration[] = []
  for (const { jid, node, options, resource, failures } of rows.values()) {
    const service = tryJid(jid)
    const form = options === undefined ? undefined : readWire(DataForm, parseElement(options))
    if (service !== undefined) registrations.push({ service, node, options: form, resource, failures })
  }
  return registrations
}
