/// An element type of IDX files; `rawValue` is its code in the file.
package enum IDXElement: UInt8, Sendable, CaseIterable {
  case unsignedByte = 0x08
  case signedByte = 0x09
  case short = 0x0B
  case int = 0x0C

  /// Bytes of one element.
  package var width: Int {
    switch self {
    case .unsignedByte, .signedByte: 1
    case .short: 2
    case .int: 4
    }
  }

  /// Decodes elements; all types but the unsigned byte are signed.
  ///
  /// - Parameter bytes: big-endian elements, as in the file.
  /// - Returns: [bytes / width].
  package func integers(_ bytes: [UInt8]) -> [Int] {
    precondition(bytes.count % width == 0, "\(bytes.count) bytes are no elements of \(width)")
    switch self {
    case .unsignedByte: return bytes.map { Int($0) }
    case .signedByte: return bytes.map { Int(Int8(bitPattern: $0)) }
    case .short: return wide(bytes, as: Int16.self)
    case .int: return wide(bytes, as: Int32.self)
    }
  }

  private func wide<Element: FixedWidthInteger>(_ bytes: [UInt8], as type: Element.Type) -> [Int] {
    bytes.withUnsafeBytes { buffer in
      stride(from: 0, to: buffer.count, by: width).map {
        Int(Element(bigEndian: buffer.loadUnaligned(fromByteOffset: $0, as: Element.self)))
      }
    }
  }
}
