/** A thing for any client with ad-hoc commands: its values, its past and its parameters, by the same rights. XEP-0050 */
import { type BareJid, bareOf, type Jid, parseJid } from '@waxwing/jid'
import {
  COMMANDS_NS,
  Command,
  commandActions,
  commandCondition,
  DataForm,
  type DiscoInfo,
  type DiscoItem,
  type FormField,
  fieldMarkElements,
  StanzaError,
  stanzaError,
} from '@waxwing/protocol'
import type { Element } from '@waxwing/xml'
import { CommandError, refusalText } from '../control/command.ts'
import { formField, pagesOf, type ShownParameter } from '../control/control-form.ts'
import type { Off, ThingClient } from '../port.ts'
import type { Thing } from '../thing.ts'
import { AdHocSessions } from './ad-hoc-sessions.ts'
import { givenIn, isLeft } from './filled-in.ts'
import { NodeCommands } from './node-commands.ts'
import { recordTable } from './record-table.ts'
import { belongsTo, past, spanOf, textOf } from './told-text.ts'

/** What ad-hoc commands need of a client. */
export interface CommandingClient extends ThingClient {
  readonly disco: ThingClient['disco'] & {
    addNode(
      node: string,
      answers: {
        info(from: Jid): Pick<DiscoInfo, 'identities' | 'features'>
        items?(from: Jid): Promise<readonly DiscoItem[]>
      },
    ): Off
  }
}

/** Node and name of a command. */
const names = {
  values: 'Values',
  day: 'The last day',
  week: 'The last week',
  settings: 'Settings',
  log: 'Who set what',
} as const
type Name = keyof typeof names

const nodes = Object.keys(names) as readonly Name[]

/** Names of sessions, in bytes. */
const idSize = 12

/**
 * Offers what a thing has as ad-hoc commands: `values`, `day`, `week`, `settings`, and `log` for whom it belongs to; and
 * `nodes`, to find a node of a concentrator, for those who see some. Who may not read or set anything sees no commands. Call what it gives to stop.
 *
 * Throws `TypeError` when somebody answers commands of this client already.
 */
export function adHoc(client: CommandingClient, thing: Thing): Off {
  const commands = new AdHoc(client, thing)
  const offs = commands.listen()
  return () => {
    for (const off of offs) off()
  }
}

class AdHoc {
  readonly #client: CommandingClient
  readonly #thing: Thing
  readonly #own: BareJid
  readonly #sessions = new AdHocSessions()
  readonly #nodes: NodeCommands

  constructor(client: CommandingClient, thing: Thing) {
    this.#client = client
    this.#thing = thing
    this.#nodes = new NodeCommands(client, thing)
    this.#own = bareOf(parseJid(client.jid))
  }

  listen(): readonly Off[] {
    const { disco, presence } = this.#client
    return [
      this.#client.handle(Command, 'set', Command, (asked, { from, lang }) =>
        this.#answer({ ...asked, lang: asked.lang ?? lang }, from),
      ),
      disco.addFeatures(COMMANDS_NS),
      disco.addNode(COMMANDS_NS, {
        info: () => infoOf('command-list', undefined),
        items: from => this.#items(from),
      }),
      ...nodes.map(node => disco.addNode(node, { info: () => infoOf('command-node', names[node]) })),
      disco.addNode(NodeCommands.node, { info: () => infoOf('command-node', NodeCommands.title) }),
      presence.on('change', ({ jid, presence }) => {
        if (presence) return
        this.#sessions.drop(jid)
        this.#nodes.drop(jid)
      }),
    ]
  }

  async #items(from: Jid): Promise<readonly DiscoItem[]> {
    const jid = parseJid(this.#client.jid)
    const offered: DiscoItem[] = []
    for (const node of nodes)
      if (await this.#isFor(node, from)) offered.push({ jid, node, name: names[node] })
    if (await this.#nodes.isFor(from))
      offered.push({ jid, node: NodeCommands.node, name: NodeCommands.title })
    return offered
  }

  /** Whether a command has something for somebody. */
  async #isFor(node: Name, from: Jid): Promise<boolean> {
    try {
      if (node === 'log') return belongsTo(this.#thing, this.#own, from)
      if (node === 'settings') return (await this.#thing.settable(from)).length > 0
      if (node === 'values') return (await this.#thing.readable(from)).length > 0
      const now = new Date(this.#now)
      return (await this.#thing.tell(from, { window: { from: now, to: now } })).fields.length > 0
    } catch (error) {
      if (error instanceof StanzaError || error instanceof CommandError) return false
      throw error
    }
  }

  get #now(): number {
    return this.#client.platform.clock.wall()
  }

  async #answer(asked: Command, from: Jid): Promise<Command> {
    const node = nodes.find(known => known === asked.node)
    if (node === undefined && asked.node !== NodeCommands.node)
      throw stanzaError('item-not-found', 'There is no such command')
    const action = commandActions.find(known => known === (asked.action ?? 'execute'))
    if (action === undefined) throw fault('malformed-action')
    if (node === undefined) return this.#nodes.answer(asked, action, from)
    try {
      if (asked.sessionid === undefined) {
        if (action !== 'execute') throw fault('bad-action')
        return await this.#begin(node, from, asked.lang)
      }
      const id = asked.sessionid
      const { shown } = this.#sessions.of(id, from, node, this.#now)
      if (action === 'prev' || action === 'next') throw fault('bad-action')
      if (action === 'execute' || action === 'complete') return await this.#complete(asked, id, shown, from)
      this.#sessions.end(id)
      return { node, sessionid: id, status: 'canceled' }
    } catch (error) {
      throw error instanceof CommandError ? error.error : error
    }
  }

  async #begin(node: Name, from: Jid, lang: string | undefined): Promise<Command> {
    const sessionid = idOf(this.#client.platform.random.bytes(idSize))
    const done = { node, sessionid, status: 'completed' } as const
    switch (node) {
      case 'values':
        return { ...done, form: await this.#values(from) }
      case 'log':
        if (!belongsTo(this.#thing, this.#own, from)) throw stanzaError('forbidden')
        return { ...done, form: recordTable(this.#thing.log, names.log) }
      case 'settings': {
        const shown = await this.#thing.settable(from)
        if (shown.length === 0) return { ...done, notes: [{ text: 'Nothing can be set.' }] }
        this.#sessions.begin(sessionid, { from, node, begunAt: this.#now, shown })
        return this.#asking({ node, sessionid, lang }, shown)
      }
      default:
        return {
          ...done,
          notes: [{ text: await past(this.#thing, this.#now, from, { span: spanOf(node), name: '' }) }],
        }
    }
  }

  async #values(from: Jid): Promise<DataForm> {
    const { fields, samples } = await this.#thing.tell(from, {})
    const lines = fields.map(({ node, name }, index): FormField => {
      const value = samples[index]?.[0]?.value
      const label = node ? `${node.id} ${name}` : name
      return { var: label, type: 'text-single', label, values: [value ? textOf(value) : 'unknown'] }
    })
    return { type: 'result', title: names.values, fields: lines }
  }

  #asking(
    { node, sessionid, lang }: Pick<Command, 'node' | 'sessionid' | 'lang'>,
    shown: readonly ShownParameter[],
  ): Command {
    const fields = shown.map(one => formField(one, marksOf(one), lang))
    const form = { type: 'form', title: names.settings, fields, extensions: pagesOf(shown) } as const
    return { node, sessionid, status: 'executing', moves: { execute: 'complete', complete: true }, form }
  }

  /** Ordinary clients send back every field: what was left as it stood is left alone. */
  async #complete(
    { node, form, lang }: Command,
    sessionid: string,
    shown: readonly ShownParameter[],
    from: Jid,
  ): Promise<Command> {
    if (form?.type !== 'submit') throw fault('bad-payload')
    const stood = new Map(shown.map(one => [one.name, one]))
    const given = givenIn(form)
    const changed = given.filter(([name, text]) => !isLeft(stood.get(name), text))
    try {
      if (changed.length > 0) await this.#thing.command(from, Object.fromEntries(changed), [], 'ad-hoc')
    } catch (error) {
      if (!(error instanceof CommandError) || error.error.condition !== 'bad-request') throw error
      // What was filled in stays, so that it can be mended.
      const again = await this.#thing.settable(from, [], new Map(given))
      return {
        ...this.#asking({ node, sessionid, lang }, again),
        notes: [{ type: 'error', text: refusalText(error) }],
      }
    }
    this.#sessions.end(sessionid)
    const done = changed.map(([name, text]) => `${name} is set to ${text}.`).join('\n')
    return { node, sessionid, status: 'completed', notes: [{ text: done || 'Nothing was changed.' }] }
  }
}

function idOf(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}

/** What is wrong, and what cannot be set as things are, for those who know such marks. XEP-0336 */
function marksOf({ fault, readOnly = false }: ShownParameter): readonly Element[] {
  return fieldMarkElements({ readOnly, error: fault })
}

function infoOf(type: string, name: string | undefined): Pick<DiscoInfo, 'identities' | 'features'> {
  return { identities: [{ category: 'automation', type, name }], features: [COMMANDS_NS, DataForm.ns] }
}

function fault(name: Parameters<typeof commandCondition>[0]): StanzaError {
  return stanzaError('bad-request', undefined, { app: commandCondition(name) })
}
