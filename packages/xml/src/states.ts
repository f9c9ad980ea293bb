// States of the scanner. They are plain numbers, so that the machine is one `switch`.

// States between first-level elements. After the last, all others lie within something that began with `<` at `base`.
export const BEGIN = 0
export const BOM_2 = 1
export const BOM_3 = 2
export const FIRST = 3
export const BETWEEN = 4
export const AFTER = 5
export const lastOutside = AFTER
// Behind `<`, and what it can lead to.
export const OPENED = 6
export const BANGED = 7
export const SECTION_OPEN = 8
export const SECTION = 9
export const DECLARATION_OPEN = 10
export const DECLARATION = 11
export const TAG_NAME = 12
export const TAG_GAP = 13
export const EMPTY_TAG = 14
export const END_NAME = 15
export const END_GAP = 16
// Attributes.
export const ATTR_NAME = 17
export const ATTR_GAP = 18
export const ATTR_EQUALS = 19
export const IN_VALUE = 20
export const BEHIND_VALUE = 21
/** Behind the colon of the name that `back` tells of. */
export const COLONED = 22
export const IN_TEXT = 23
// Behind `&`; `back` tells where it stands.
export const REFERENCE = 24
export const ENTITY = 25
export const NUMBER = 26
export const DECIMAL = 27
export const HEX = 28
