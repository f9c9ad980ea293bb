/**
 * The nodes of a concentrator for any client with ad-hoc commands: one command that goes from page to page, a level of
 * the tree at a time, so that a million nodes are no more than a few. XEP-0050
 */
import type { Jid } from '@waxwing/jid'
import {
  type Command,
  commandCondition,
  type DataForm,
  type FormField,
  fieldMarkElements,
  type NodeRef,
  StanzaError,
  stanzaError,
} from '@waxwing/protocol'
import type { Branch, Place } from '../concentrator/branch.ts'
import { CommandError, refusalText } from '../control/command.ts'
import { formField, pagesOf, type ShownParameter } from '../control/control-form.ts'
import type { ThingClient } from '../port.ts'
import type { Thing } from '../thing.ts'
import { AdHocSessions } from './ad-hoc-sessions.ts'
import { givenIn, isLeft } from './filled-in.ts'
import { textOf } from './told-text.ts'

/** Nodes on one page. */
const pageNodes = 50
/** Names of sessions, in bytes. */
const idSize = 12

/** Where somebody is: choosing among nodes, or filling in the form of one. */
interface Stage {
  readonly from: Jid
  readonly node: string
  readonly begunAt: number
  readonly shown: readonly ShownParameter[]
  readonly branch: Branch
  /** The node whose form is filled in; absent: one is chosen. */
  readonly chosen?: NodeRef
}

const what = { below: 'What is below it', values: 'Its values', settings: 'Its settings' } as const

export class NodeCommands {
  static readonly node = 'nodes'
  static readonly title = 'Nodes'
  readonly #client: ThingClient
  readonly #thing: Thing
  readonly #sessions = new AdHocSessions<Stage>()

  constructor(client: ThingClient, thing: Thing) {
    this.#client = client
    this.#thing = thing
  }

  /** Whether there is something for somebody. */
  async isFor(from: Jid): Promise<boolean> {
    const { twigs } = await this.#thing.branch({ from, lang: undefined }, {}, { begin: undefined, max: 1 })
    return twigs.length > 0
  }

  drop(from: Jid): void {
    this.#sessions.drop(from)
  }

  /** Throws the `StanzaError` to answer with. @param action one of those there are */
  async answer(asked: Command, action: string, from: Jid): Promise<Command> {
    const { sessionid, lang } = asked
    const now = this.#client.platform.clock.wall()
    if (sessionid === undefined) {
      if (action !== 'execute') throw fault('bad-action')
      if (!(await this.isFor(from))) throw stanzaError('item-not-found', 'There is no such command')
      const bytes = this.#client.platform.random.bytes(idSize)
      const id = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
      return this.#choosing({ id, from, lang }, {})
    }
    const stage = this.#sessions.of(sessionid, from, NodeCommands.node, now)
    const session = { id: sessionid, from, lang }
    if (action === 'cancel') {
      this.#sessions.end(sessionid)
      return { node: NodeCommands.node, sessionid, status: 'canceled' }
    }
    if (action === 'prev')
      return this.#choosing(session, stage.chosen ? stage.branch.at : (stage.branch.above ?? {}))
    if (asked.form?.type !== 'submit') throw fault('bad-payload')
    if (stage.chosen) {
      if (action === 'next') throw fault('bad-action')
      return this.#set(session, stage, stage.chosen, asked.form)
    }
    if (action === 'complete') throw fault('bad-action')
    return this.#chosen(session, stage, asked.form)
  }

  /** A page of nodes to choose from. */
  async #choosing(session: Session, place: Place, begin?: string, note?: string): Promise<Command> {
    const { id, from, lang } = session
    const branch = await this.#thing.branch({ from, lang }, place, { begin, max: pageNodes })
    const begunAt = this.#client.platform.clock.wall()
    this.#stand(id, { from, node: NodeCommands.node, begunAt, shown: [], branch })
    return {
      node: NodeCommands.node,
      sessionid: id,
      status: 'executing',
      moves: branch.above ? { execute: 'next', prev: true, next: true } : { execute: 'next', next: true },
      ...(note === undefined ? {} : { notes: [{ type: 'warn' as const, text: note }] }),
      form: chooser(branch),
    }
  }

  async #chosen(session: Session, stage: Stage, form: DataForm): Promise<Command> {
    const { branch } = stage
    const given = new Map(givenIn(form))
    const id = given.get('id')?.trim() ?? ''
    const index = given.get('node') ?? ''
    if (id === '' && index === 'more') return this.#choosing(session, branch.at, branch.next)
    const source = branch.at.source ?? branch.at.node?.source
    const named: Place = { node: source === undefined ? { id } : { id, source } }
    const place = id === '' ? branch.twigs[/^\d{1,3}$/.test(index) ? Number(index) : -1]?.place : named
    const again = (note: string): Promise<Command> => this.#choosing(session, branch.at, undefined, note)
    if (!place) return again('Choose a node, or write its id.')
    try {
      const wanted = place.node && given.get('what')
      if (wanted === 'settings' && place.node)
        return (await this.#form(session, stage, place.node)) ?? (await again('Nothing can be set there.'))
      if (wanted === 'values' && place.node) return await this.#values(session, place.node)
      return await this.#choosing(session, place)
    } catch (error) {
      const refusal = error instanceof CommandError ? error.error : error
      if (!(refusal instanceof StanzaError)) throw error
      return again(refusal.text ?? 'That cannot be done.')
    }
  }

  /** The next stage takes the place of the one before. */
  #stand(id: string, stage: Stage): void {
    this.#sessions.end(id)
    this.#sessions.begin(id, stage)
  }

  async #values({ id, from }: Session, ref: NodeRef): Promise<Command> {
    const { fields, samples } = await this.#thing.tell(from, { nodes: [ref] })
    const lines = fields.map(({ name }, index): FormField => {
      const value = samples[index]?.[0]?.value
      return { var: name, type: 'text-single', label: name, values: [value ? textOf(value) : 'unknown'] }
    })
    this.#sessions.end(id)
    const form: DataForm = { type: 'result', title: ref.id, fields: lines }
    return { node: NodeCommands.node, sessionid: id, status: 'completed', form }
  }

  /** `undefined`: there is nothing to set. */
  async #form(session: Session, stage: Stage, ref: NodeRef): Promise<Command | undefined> {
    const shown = await this.#thing.settable(session.from, [ref])
    if (shown.length === 0) return undefined
    const begunAt = this.#client.platform.clock.wall()
    this.#stand(session.id, { ...stage, begunAt, shown, chosen: ref })
    return this.#asking(session, ref, shown)
  }

  #asking({ id, lang }: Session, ref: NodeRef, shown: readonly ShownParameter[]): Command {
    const fields = shown.map(one => {
      const { fault: error, readOnly = false } = one
      return formField(one, fieldMarkElements({ readOnly, error }), lang)
    })
    const form: DataForm = { type: 'form', title: ref.id, fields, extensions: pagesOf(shown) }
    const moves = { execute: 'complete', prev: true, complete: true } as const
    return { node: NodeCommands.node, sessionid: id, status: 'executing', moves, form }
  }

  /** What was left as it stood is left alone. */
  async #set(session: Session, stage: Stage, ref: NodeRef, form: DataForm): Promise<Command> {
    const { id, from } = session
    const stood = new Map(stage.shown.map(one => [one.name, one]))
    const given = givenIn(form)
    const changed = given.filter(([name, text]) => !isLeft(stood.get(name), text))
    try {
      if (changed.length > 0) await this.#thing.command(from, Object.fromEntries(changed), [ref], 'ad-hoc')
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      if (error.error.condition !== 'bad-request') throw error.error
      // What was filled in stays, so that it can be mended.
      const again = await this.#thing.settable(from, [ref], new Map(given))
      return { ...this.#asking(session, ref, again), notes: [{ type: 'error', text: refusalText(error) }] }
    }
    this.#sessions.end(id)
    const done = changed.map(([name, text]) => `${name} of ${ref.id} is set to ${text}.`).join('\n')
    const notes = [{ text: done || 'Nothing was changed.' }]
    return { node: NodeCommands.node, sessionid: id, status: 'completed', notes }
  }
}

interface Session {
  readonly id: string
  readonly from: Jid
  readonly lang: string | undefined
}

function chooser({ name, at, twigs, next }: Branch): DataForm {
  const options = twigs.map(({ name: label, hasMore }, index) => ({
    value: String(index),
    label: hasMore ? `${label} …` : label,
  }))
  if (next !== undefined) options.push({ value: 'more', label: 'Further ones' })
  const fields: FormField[] = [
    {
      var: 'node',
      type: 'list-single',
      label: 'Node',
      values: options[0] ? [options[0].value] : [],
      options,
    },
  ]
  const isAmongSources = at.source === undefined && at.node === undefined
  if (!isAmongSources) {
    const hasMore = twigs.some(twig => twig.hasMore)
    fields.push(
      { var: 'id', type: 'text-single', label: 'Or its id', values: [] },
      {
        var: 'what',
        type: 'list-single',
        label: 'What to see',
        values: [hasMore ? 'below' : 'settings'],
        options: Object.entries(what).map(([value, label]) => ({ value, label })),
      },
    )
  }
  return { type: 'form', title: name === '' ? NodeCommands.title : name, fields }
}

function fault(name: Parameters<typeof commandCondition>[0]): StanzaError {
  return stanzaError('bad-request', undefined, { app: commandCondition(name) })
}
