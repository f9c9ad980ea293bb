// What somebody calls themselves, feels, does and listens to (XEP-0172, XEP-0107, XEP-0108, XEP-0118).
import {
  type Element,
  element,
  elementsOf,
  intWithin,
  mapped,
  rest,
  string,
  text,
  textChild,
  uint,
  type Wire,
} from '@waxwing/xml'

/** A name to be shown, which the user chose; nothing is proven by it. XEP-0172 §2. */
export interface Nickname {
  readonly name: string
}
export const Nickname: Wire<Nickname> = element('http://jabber.org/protocol/nick', 'nick', {
  name: text(string).or(''),
})

const moodNs = 'http://jabber.org/protocol/mood'

/** XEP-0107 §3; no mood at all: none is told any more. */
export interface Mood {
  /** Such as `happy`; a mood not in the table of the specification is passed on all the same. */
  readonly mood?: string | undefined
  /** Says the mood more exactly, in somebody's own namespace. §3.3 */
  readonly detail?: Element | undefined
  readonly text?: string | undefined
}
export const Mood: Wire<Mood> = mapped(
  element(moodNs, 'mood', { text: textChild('text', string).maybe(), content: rest }),
  ({ text: words, content }): Mood => {
    const mood = namedIn(content, moodNs)
    return { mood: mood?.name, detail: mood && elementsOf(mood)[0], text: words }
  },
  ({ mood, detail, text: words }) => ({
    text: words,
    content: mood === undefined ? [] : [named(moodNs, mood, detail && [detail])],
  }),
)

const activityNs = 'http://jabber.org/protocol/activity'

/** XEP-0108 §2.2; no activity at all: none is told any more. */
export interface Activity {
  /** Such as `working`. */
  readonly general?: string | undefined
  /** Such as `coding`. */
  readonly specific?: string | undefined
  readonly text?: string | undefined
}
export const Activity: Wire<Activity> = mapped(
  element(activityNs, 'activity', { text: textChild('text', string).maybe(), content: rest }),
  ({ text: words, content }): Activity => {
    const general = namedIn(content, activityNs)
    const specific = general && namedIn(elementsOf(general), activityNs)
    return { general: general?.name, specific: specific?.name, text: words }
  },
  ({ general, specific, text: words }) => {
    const detail = specific === undefined ? [] : [named(activityNs, specific)]
    return { text: words, content: general === undefined ? [] : [named(activityNs, general, detail)] }
  },
)

/** What is playing; nothing at all: nothing plays any more. XEP-0118 §2. */
export interface Tune {
  readonly artist?: string | undefined
  readonly title?: string | undefined
  /** An album, a station. */
  readonly source?: string | undefined
  /** Number within the album, or a URI. */
  readonly track?: string | undefined
  /** Seconds. */
  readonly length?: number | undefined
  /** 1 to 10. */
  readonly rating?: number | undefined
  readonly uri?: string | undefined
}
export const Tune: Wire<Tune> = element('http://jabber.org/protocol/tune', 'tune', {
  artist: textChild('artist', string).maybe(),
  length: textChild('length', uint).maybe(),
  rating: textChild('rating', intWithin(1, 10)).maybe(),
  source: textChild('source', string).maybe(),
  title: textChild('title', string).maybe(),
  track: textChild('track', string).maybe(),
  uri: textChild('uri', string).maybe(),
})

function namedIn(content: readonly Element[], ns: string): Element | undefined {
  return content.find(element => element.ns === ns && element.name !== 'text')
}

function named(ns: string, name: string, children: readonly Element[] = []): Element {
  return { ns, name, attrs: new Map(), children }
}
