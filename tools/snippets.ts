/**
 * Puts files into the pages that show them: behind `<!-- snippet: examples/thing.ts -->` the fenced block that follows
 * is that file. `node tools/snippets.ts` writes, `--check` only tells which pages are stale.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** The pages that people read, from the root. */
export function pages(): readonly string[] {
  return globSync(['README.md', 'docs/*.md', 'packages/*/README.md'], { cwd: root }).sort()
}

/** A page as it stands. */
export function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

const marked = /(<!-- snippet: (\S+) -->\n```(\w+)\n)[\s\S]*?(```)/g

/** The page with its snippets as their files are now. Throws when a file is not there. */
export function filled(text: string): string {
  return text.replace(marked, (_all, head: string, file: string, _language: string, fence: string) => {
    return head + textOf(file) + fence
  })
}

/** Pages that show a file as it was. */
export function stalePages(): readonly string[] {
  return pages().filter(page => filled(textOf(page)) !== textOf(page))
}

/** A fenced block of a page that is not filled from a file. */
export interface Block {
  readonly page: string
  /** The line of its fence, from 1. */
  readonly line: number
  /** The words behind the fence: the language, then how it is meant. */
  readonly info: readonly string[]
  readonly text: string
  /** What stands in `<!-- given: … -->` before the fence: lines the reader need not see. */
  readonly given: string
}

const fenced =
  /^(?:<!-- given:\s*(?<given>[\s\S]*?)-->\n)?(?<snippet><!-- snippet: \S+ -->\n)?(?<indent> *)```(?<info>[^\n]*)\n(?<text>[\s\S]*?)^\k<indent>```$/gm

/** The blocks of all pages, in their order; those of lists without their indentation. */
export function blocks(): readonly Block[] {
  return pages().flatMap(page => {
    const whole = textOf(page)
    return [...whole.matchAll(fenced)].flatMap(({ index, groups = {} }) => {
      const { given = '', snippet, indent = '', info = '', text = '' } = groups
      if (snippet !== undefined) return []
      const line = whole.slice(0, whole.indexOf('```', index)).split('\n').length
      const unindented = text.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
      return [{ page, line, info: info.split(' '), text: unindented, given: given.trim() }]
    })
  })
}

if (import.meta.main) {
  const stale = stalePages()
  const isCheck = process.argv.includes('--check')
  for (const page of stale) {
    if (isCheck) console.error(`${page} shows files as they were: run node tools/snippets.ts`)
    else writeFileSync(join(root, page), filled(textOf(page)))
  }
  process.exitCode = isCheck && stale.length > 0 ? 1 : 0
}
