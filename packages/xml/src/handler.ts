/** Receives one element as events, in document order; everything is decoded and namespace-resolved. */
export interface XmlHandler {
  /** @param attrs flat: namespace ('' if none), name, value, and so on; without namespace declarations. Not to be kept. */
  start(ns: string, name: string, attrs: readonly string[]): void
  /** Character data between two tags, in one piece and never empty. */
  text(text: string): void
  end(): void
}
