/** One thing that is not there: its values, its faults, and its session. */
import type { Client, Connection, Connector } from '@waxwing/client-node'
import {
  adHoc,
  bool,
  type DeclaredField,
  int,
  type Permission,
  quantity,
  type ReadQuestion,
  type Sample,
  sample,
  type Thing,
  thing,
} from '@waxwing/things'
import { clockError, type FaultKind, hasFault, restOfSpell, slownessAt, spellOf } from './faults.ts'
import { type FieldPlan, type KindPlan, widest } from './plan.ts'
import { named } from './seeds.ts'
import { type Others, valueAt } from './signal.ts'

/** Time, as the simulation has it. */
export interface Time {
  /** Milliseconds since 1970. */
  now(): number
  /** Settles after a while; never holds up the end. */
  after(ms: number): Promise<void>
}

/** What happens to things of a simulation. */
export interface Happening {
  /** Somebody asked for values. */
  asked(): void
  /** The thing lost its connection because the plan says so. */
  cut(): void
}

/** What all things of a kind share. */
export interface Kind {
  readonly plan: KindPlan
  readonly time: Time
  readonly happening: Happening
  /** Whether somebody may read. */
  readonly mayRead: (question: ReadQuestion) => boolean
  /** How often values are looked at for those who watch. */
  readonly pollMs: number
}

export class SimulatedThing {
  readonly jid: string
  readonly seed: number
  readonly kind: Kind
  client: Client | undefined
  #thing: Thing | undefined
  #connection: Connection | undefined
  #spell: number

  constructor(kind: Kind, jid: string, seed: number) {
    this.kind = kind
    this.jid = jid
    this.seed = seed
    this.#spell = spellOf(seed, kind.plan.faults, kind.time.now())
  }

  /** Becomes a thing; to be called once. */
  serve(client: Client): void {
    const { plan, mayRead, pollMs } = this.kind
    this.client = client
    const fields: Record<string, DeclaredField> = {}
    for (const field of plan.fields) fields[field.name] = fieldOf(new Source(this, field), field)
    const isSettable = plan.fields.some(({ settable }) => settable)
    this.#thing = thing(client, {
      fields,
      limits: { pollMs },
      mayRead: question => this.#answer(question),
      ...(isSettable ? { mayControl: ({ from }) => (mayRead({ ...nobody, from }) ? 'all' : 'none') } : {}),
    })
    // Of things that only measure there are many: they do without what few would look at.
    if (isSettable) adHoc(client, this.#thing)
    client.roster.onRequest(request =>
      mayRead({ ...nobody, from: request.jid }) ? request.accept() : request.decline(),
    )
  }

  /** Subscriptions of others to changes. */
  get subscriptions(): number {
    return this.#thing?.subscriptions ?? 0
  }

  /** Remembers the way of the connection, to be able to cut it. */
  connector(inner: Connector): Connector {
    return {
      connect: async request => {
        this.#connection = await inner.connect(request)
        return this.#connection
      },
    }
  }

  /** Has happen what belongs to this moment. */
  tick(now: number): void {
    const { plan, happening } = this.kind
    const spell = spellOf(this.seed, plan.faults, now)
    if (spell === this.#spell) return
    this.#spell = spell
    if (this.client?.state !== 'online' || !this.has('cut', now)) return
    happening.cut()
    this.#connection?.transport.abort()
  }

  has(fault: FaultKind, now: number): boolean {
    return hasFault(fault, this.seed, this.kind.plan.faults, now)
  }

  async #answer(question: ReadQuestion): Promise<Permission> {
    const { time, happening, mayRead, plan } = this.kind
    happening.asked()
    const now = time.now()
    if (this.has('silent', now)) await time.after(restOfSpell(this.seed, plan.faults, now))
    if (this.has('slow', now)) await time.after(slownessAt(this.seed, now))
    return mayRead(question) ? 'all' : 'none'
  }
}

const nobody: Omit<ReadQuestion, 'from'> = {
  nodes: [],
  fields: [],
  categories: [],
  all: false,
  tokens: { service: [], device: [], user: [] },
}

/** Where a field of a thing has its values from. */
class Source {
  readonly #thing: SimulatedThing
  readonly #plan: FieldPlan

  constructor(thing: SimulatedThing, plan: FieldPlan) {
    this.#thing = thing
    this.#plan = plan
  }

  /** What somebody has set it to; absent: nobody has. */
  #set: number | undefined

  /** From now on it is so. */
  set(value: number): void {
    this.#set = value
  }

  /** The value now, or what a broken sensor takes for it, and when the thing believes that now is. */
  take<V>(made: (value: number) => V): V | Sample<V> {
    const { seed, kind } = this.#thing
    const now = kind.time.now()
    const value = this.#thing.has('wrong', now)
      ? nonsense(seed, this.#plan)
      : (this.#set ?? valueOf(this.#plan, this.#thing, now))
    const taken = made(value)
    return this.#thing.has('clock', now) ? sample(taken, { time: new Date(now + clockError(seed)) }) : taken
  }
}

function fieldOf(source: Source, plan: FieldPlan): DeclaredField {
  const { kind, unit, precision, category, settable } = plan
  const about = { categories: [category] } as const
  const writable = settable ? { ...boundsOf(plan), write: (value: number) => source.set(value) } : {}
  switch (kind) {
    case 'boolean':
      return bool({
        ...about,
        read: () => source.take(value => value > 0),
        ...(settable ? { write: on => source.set(on ? 1 : 0) } : {}),
      })
    case 'int':
      return int({ ...about, ...writable, read: () => source.take(Math.round) })
    case 'quantity':
      return quantity(unit, {
        ...about,
        ...writable,
        precision,
        read: () => source.take(value => value),
      })
  }
}

/** What a plan does not bound has no bounds for those who set it, either. */
function boundsOf({ min, max }: FieldPlan): { readonly min?: number; readonly max?: number } {
  return { ...(min > -widest ? { min } : {}), ...(max < widest ? { max } : {}) }
}

/** What a field says at a moment, within its bounds. */
export function valueOf(
  field: FieldPlan,
  { seed, kind }: Pick<SimulatedThing, 'seed' | 'kind'>,
  at: number,
): number {
  const others: Others = name => {
    const found = kind.plan.fields.find(one => one.name === name)
    return found && { signal: found.signal, seed: named(seed, name) }
  }
  const value = valueAt(field.signal, named(seed, field.name), at, others)
  return Math.min(field.max, Math.max(field.min, value))
}

/** As sensors do that have lost their probe: always the same, and nothing that can be. */
function nonsense(seed: number, { kind }: FieldPlan): number {
  return kind === 'boolean' ? seed & 1 : seed & 1 ? -127 : 850
}
