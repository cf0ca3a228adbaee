/// A name in a directory, as the bytes that it is: it need not be text, and only its bytes open and remove it.
package struct FileName: Hashable, Sendable, Comparable {
  /// Without the zero that ends it.
  package let bytes: [UInt8]

  /// The name as the file system has it.
  package init(_ text: String) { bytes = Array(text.utf8) }

  /// - Parameter bytes: none of them zero or a slash.
  package init(bytes: [UInt8]) { self.bytes = bytes }

  /// - Parameter pointer: to bytes that end with a zero.
  init(cString pointer: UnsafeRawPointer) {
    var count = 0
    while pointer.load(fromByteOffset: count, as: UInt8.self) != 0 { count += 1 }
    bytes = Array(UnsafeRawBufferPointer(start: pointer, count: count))
  }

  /// The name as text; nil if it is not UTF-8.
  package var text: String? { String(validating: bytes, as: UTF8.self) }

  /// The name as text; of one that is not UTF-8, the bytes beyond ASCII as `\xe9`: for people, it opens nothing.
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
    // Not as texts: Swift calls some equal whose bytes differ, and those are two files here.
    first.bytes.lexicographicallyPrecedes(second.bytes)
  }
}
