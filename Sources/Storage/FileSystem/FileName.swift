/// A name in a directory as raw bytes: it need not be valid UTF-8, and only the exact bytes open or remove the file.
package struct FileName: Hashable, Sendable, Comparable {
  /// Without the terminating zero.
  package let bytes: [UInt8]

  /// A name given as text.
  package init(_ text: String) { bytes = Array(text.utf8) }

  /// - Parameter bytes: without zero bytes and slashes.
  package init(bytes: [UInt8]) { self.bytes = bytes }

  /// - Parameter pointer: to a zero-terminated string.
  init(cString pointer: UnsafeRawPointer) {
    var count = 0
    while pointer.load(fromByteOffset: count, as: UInt8.self) != 0 { count += 1 }
    bytes = Array(UnsafeRawBufferPointer(start: pointer, count: count))
  }

  /// The name as text; nil if it is not UTF-8.
  package var text: String? { String(validating: bytes, as: UTF8.self) }

  /// The name for display. If it is not UTF-8, non-ASCII bytes are shown as `\xe9`; such a text opens no file.
  package var shown: String {
    if let text { return text }
    var shown = ""
    for byte in bytes {
      shown += byte < 0x80 ? String(Unicode.Scalar(byte)) : "\\x" + String(byte, radix: 16)
    }
    return shown
  }

  func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    body(bytes.map { CChar(bitPattern: $0) } + [0])
  }

  package static func < (first: FileName, second: FileName) -> Bool {
    // By bytes, not as strings: Swift treats canonically equivalent strings as equal, but here they are two files.
    first.bytes.lexicographicallyPrecedes(second.bytes)
  }
}
