// Bounds on what one stanza of sensor data may make us hold.

/** Characters of a request's id. */
export const maxIdLength = 256
/** Characters of a field's name, a unit, an enumeration, or any part of a node's address. */
export const maxNameLength = 1024
/** Nodes, and names of fields, in one request. */
export const maxSelectors = 1000
/** Characters of all tokens of a request together. */
export const maxTokensLength = 4096
/** Values and errors in one stanza. */
export const maxItems = 10_000
/** Characters of an annotation, written as XML. */
export const maxAnnotationLength = 8192
