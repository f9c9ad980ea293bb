import { element, lang, string, text, type Wire } from '@waxwing/xml'

/** Text for people, in a language. RFC 6120 §8.1.5. */
export interface LangText {
  /** A language tag (RFC 5646); absent: the language of the element around it. */
  readonly lang?: string | undefined
  readonly text: string
}

/** Elements such as `<body xml:lang='cs'>…</body>`. */
export function langText(ns: string, name: string): Wire<LangText> {
  return element(ns, name, { lang, text: text(string) })
}
