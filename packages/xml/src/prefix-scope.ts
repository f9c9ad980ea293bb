import { XML_NS, XMLNS_NS } from './names.ts'

/** Prefixes declared by the open elements of one first-level element, innermost last. */
export class PrefixScope {
  readonly #prefixes: string[] = []
  readonly #uris: string[] = []

  get count(): number {
    return this.#prefixes.length
  }

  declare(prefix: string, uri: string): void {
    this.#prefixes.push(prefix)
    this.#uris.push(uri)
  }

  /** Forgets what was declared since `count` was this. */
  leave(count: number): void {
    this.#prefixes.length = this.#uris.length = count
  }

  /** Position of the innermost declaration, -1 if there is none here. */
  find(prefix: string): number {
    return this.#prefixes.lastIndexOf(prefix)
  }

  uri(position: number): string {
    return this.#uris[position] ?? ''
  }
}

/** Why a declaration is not allowed (Namespaces in XML 1.0 §2.2, §3, §5), undefined if it is. */
export function declarationFault(prefix: string, uri: string): string | undefined {
  if (prefix === 'xmlns') return 'prefix xmlns declared'
  if (uri === XMLNS_NS) return 'namespace of declarations bound'
  if ((prefix === 'xml') !== (uri === XML_NS)) return 'prefix xml and its namespace belong to each other'
  if (prefix !== '' && uri === '') return 'prefix undeclared again'
  return undefined
}
