/// Why a text is no JSON, or not the JSON that was asked for.
package struct JSONFault: Error, Equatable {
  /// Bytes from the start.
  package let offset: Int
  /// What is wrong, without the path.
  package let reason: String

  /// A fault of what stands at `offset`.
  package init(offset: Int, reason: String) {
    self.offset = offset
    self.reason = reason
  }
}
