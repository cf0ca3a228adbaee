/// A syntax error in JSON, or an unexpected value.
package struct JSONFault: Error, Equatable {
  /// Byte offset from the start of the text.
  package let offset: Int
  /// Description of the fault, without the path.
  package let reason: String

  /// A fault at `offset`.
  package init(offset: Int, reason: String) {
    self.offset = offset
    self.reason = reason
  }
}
