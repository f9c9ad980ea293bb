/** Nodes of concentrators as text: for people as a tree, for programs as JSON lines. */
import type { DataSourceInfo, NodeInfo } from '@waxwing/protocol'
import type { SourceNews, WalkedNode } from '@waxwing/things'
import { inJson, printable } from './export-text.ts'

export function sourceLine({ source, name }: DataSourceInfo): string {
  return printable(name === source ? source : `${source}  ${name}`)
}

/** The lines of a tree, one node after the other; nothing of it is kept but which branches go on. */
export class Branches {
  readonly #goesOn: boolean[] = []

  /** The node's line, and one for each of its parameters. */
  linesFor(node: WalkedNode): readonly string[] {
    const { depth, isLast, hasChildren, parameters } = node
    this.#goesOn.length = depth - 1
    const before = this.#goesOn.map(goes => (goes ? '│  ' : '   ')).join('')
    this.#goesOn.push(!isLast)
    const below = `${before}${isLast ? '   ' : '│  '}${hasChildren ? '│  ' : '   '}`
    return [
      `${before}${isLast ? '└─ ' : '├─ '}${about(node)}`,
      ...parameters.map(({ name, value }) => `${below}${printable(`${name}: ${value}`)}`),
    ]
  }
}

/** Id, name, type, and how it is unless all is well. */
function about({ id, displayName, nodeType, state }: NodeInfo): string {
  const name = displayName === undefined || displayName === id ? [] : [displayName]
  const type = nodeType === undefined ? [] : [`(${nodeType})`]
  const trouble = state === 'None' ? [] : [`! ${state}`]
  return printable([id, ...name, ...type, ...trouble].join('  '))
}

export function nodeJson(walked: WalkedNode): string {
  const { isLast: _, lastChanged, messages, ...node } = walked
  return inJson({ ...node, lastChanged: lastChanged?.text, messages: plain(messages) })
}

export function newsJson(news: SourceNews): string {
  if (news.kind === 'gap') return inJson(news)
  const { at, ...event } = news
  const said = 'messages' in event ? { messages: plain(event.messages) } : {}
  const changed = 'lastChanged' in event ? { lastChanged: event.lastChanged?.text } : {}
  return inJson({ ...event, ...changed, ...said, at: at?.text })
}

function plain(messages: NodeInfo['messages']): readonly object[] {
  return messages.map(({ at, ...message }) => ({ ...message, at: at.text }))
}

/** What happened, on one line. */
export function newsLine(news: SourceNews): string {
  if (news.kind === 'gap') return '… something may have been missed: look at the tree again'
  const time = news.at === undefined ? '' : `${news.at.text}  `
  return printable(`${time}${sentence(news)}`)
}

function sentence(news: Exclude<SourceNews, { kind: 'gap' }>): string {
  switch (news.kind) {
    case 'nodeAdded':
      return `+ ${about(news)}${news.parentId === undefined ? '' : `  below ${news.parentId}`}`
    case 'nodeUpdated':
      return `~ ${about(news)}${news.oldId === undefined ? '' : `  was ${news.oldId}`}`
    case 'nodeStatusChanged':
      return `! ${[news.id, news.state, news.messages.at(-1)?.text ?? ''].join('  ').trimEnd()}`
    case 'nodeRemoved':
      return `- ${news.id}`
    case 'nodeMovedUp':
      return `↑ ${news.id}`
    case 'nodeMovedDown':
      return `↓ ${news.id}`
  }
}
